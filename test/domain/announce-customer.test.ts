import { describe, expect, it } from '@jest/globals';
import type { Incident } from '../../src/domain/incident.ts';
import { announced, OWED, page, policyFor, QUIET, TOLD, toldDigest } from './announcing.ts';
import { ACME, HOUR, MINUTE, SECOND, T0 } from './checks.ts';
import { connectionOf } from './desk.ts';
import { fleetOf, gatewaySeen, surveyOf } from './gateway-surveys.ts';

const two = [page('new-0'), page('new-1')];
const four = (more: Partial<Incident>, about: Partial<typeof ACME> = {}) =>
  [0, 1, 2, 3].map((i) => page(`c-${i}`, { connection: { ...ACME, id: `c-${i}`, ...about }, ...more }));
const suspected = (count: number) =>
  surveyOf(T0, [gatewaySeen({ beingConfirmed: fleetOf(count, 0, 'Acme Corp') })]);

describe('two refusals of a customer of whom four were told one by one', () => {
  it.each<[string, Incident[], boolean]>([
    ['a minute ago are one message', four({ notice: TOLD }), true],
    ['ten minutes ago are one message', four({ notice: { ...QUIET, toldAt: T0 - 10 * MINUTE } }), true],
    ['longer ago are two', four({ notice: { ...QUIET, toldAt: T0 - 10 * MINUTE - 1 } }), false],
    ['and which are over are two', four({ notice: TOLD, resolvedAt: T0 - 1 }), false],
    ['in company are two', four({ notice: TOLD, group: 'd' }), false],
    ['as warnings are two', four({ notice: TOLD, severity: 'warning' }), false],
    ['as another trouble are two', four({ notice: TOLD, kind: 'credential_unverifiable' }), false],
    ['at another gateway are two', four({ notice: TOLD }, { gateway: 'https://eu.example' }), false],
    ['and who is another one are two', four({ notice: TOLD }, { tenant: 'Globex' }), false],
    ['whom nobody was told of are two', four({ notice: { ...QUIET, quiet: 'nobody_to_tell' } }), false],
    [
      'and is owed the end of them are two',
      four({ notice: { ...TOLD, due: 'resolved', since: T0 }, resolvedAt: T0 }),
      false,
    ],
  ])('%s', (_what, others, together) => {
    const { told } = announced([...two, ...others]);
    expect(told.filter((message) => message.includes('invalid firing'))).toEqual(
      together
        ? ['credential_invalid firing ×2']
        : ['credential_invalid firing new-0', 'credential_invalid firing new-1'],
    );
  });
});

it('two refusals are two where the four others are owed again, and silenced', () => {
  const others = four({ notice: { ...TOLD, due: 'firing', since: T0 } }, { labels: { muted: 'yes' } });
  const silence = { id: 's', match: { labels: { muted: 'yes' } }, startsAt: 0, endsAt: T0 + HOUR };
  const silences = [{ ...silence, reason: 'migration', author: 'soc', createdAt: 0 }];
  expect(announced([...two, ...others], { silences }).told).toHaveLength(2);
});

describe('one refusal of a customer', () => {
  const acme = connectionOf('new', { intervalMs: HOUR });

  it('of whom many were told one by one is told by itself', () => {
    const others = [...four({ notice: TOLD }), page('c-4', { notice: TOLD })];
    expect(announced([page('new'), ...others]).told).toEqual(['credential_invalid firing new']);
  });

  it('of whom others are being confirmed waits for them, as long as it takes to confirm one', () => {
    const survey = suspected(5);
    const { told, nextAt, changed } = announced([page('new')], { survey }, policyFor([acme]));
    expect(told).toEqual([]);
    expect(nextAt).toBe(T0 - 10 * SECOND + 30 * SECOND);
    expect(changed).toMatchObject([{ id: 'i-new', notice: { due: 'firing', held: 'grouping' } }]);
  });

  it('waits no longer than that it is told in time after it last worked', () => {
    const quick = connectionOf('new', { intervalMs: 40 * SECOND });
    const { nextAt } = announced([page('new')], { survey: suspected(5) }, policyFor([quick]));
    expect(nextAt).toBe(T0 - MINUTE + 40 * SECOND + 30 * SECOND + 3 * SECOND);
  });

  it('waits no longer than the first of those that wait with it', () => {
    const earlier = page('earlier', { notice: { ...OWED, since: T0 - 25 * SECOND } });
    const fleet = [acme, connectionOf('earlier', { intervalMs: HOUR })];
    const { nextAt } = announced([page('new'), earlier], { survey: suspected(5) }, policyFor(fleet));
    expect(nextAt).toBe(T0 + 5 * SECOND);
  });

  it.each<[string, Incident]>([
    ['whose connection is gone', page('gone')],
    ['which never worked', page('new', { evidence: null })],
  ])('%s does not wait, and says how many are being confirmed', (_what, refused) => {
    const { told, outgoing } = announced([refused], { survey: suspected(5) }, policyFor([acme]));
    expect(told).toEqual(['credential_invalid firing ×1']);
    expect(outgoing[0]?.notification.description).toContain('of 5 more a refusal is being confirmed');
  });

  it('which is a warning only does not wait for pages', () => {
    const warning = page('new', { severity: 'warning', notice: { ...OWED, since: T0 - HOUR } });
    const { told } = announced([warning], { survey: suspected(5) }, policyFor([acme]));
    expect(told).toEqual(['credential_invalid firing new']);
  });

  it('does not wait for those that are told of already', () => {
    const known = four({ notice: { ...QUIET, toldAt: T0 - HOUR } });
    const { told } = announced([page('new'), ...known], { survey: suspected(4) }, policyFor([acme]));
    expect(told).toEqual(['credential_invalid firing new']);
  });
});

describe('a refusal of a customer of whom many were told in one message', () => {
  const fleet = ['old-0', 'old-1', 'new'].map((id) => connectionOf(id));
  const old = [0, 1].map((i) => page(`old-${i}`, { group: 'd', notice: { ...TOLD, quiet: 'grouped' } }));
  const digest = toldDigest(['old-0', 'old-1'], {
    audiences: [{ channels: ['soc'], total: 2, ids: ['old-0', 'old-1'], tenant: 'Acme Corp' }],
  });

  it('joins it', () => {
    const { told, outgoing, changed } = announced([digest, ...old, page('new')], {}, policyFor(fleet));
    expect(told).toEqual(['credential_invalid firing ×3']);
    const [{ notification, channels } = { notification: null, channels: [] }] = outgoing;
    expect(channels).toEqual(['soc', 'pager']);
    expect(notification).toMatchObject({
      id: 'd-2',
      incident: 'd',
      description: expect.stringContaining('(3 × revoked; 1 of them since the message before)'),
    });
    expect(changed.find(({ id }) => id === 'd')).toMatchObject({
      members: ['old-0', 'old-1', 'new'],
      membersTold: 3,
      sequence: 2,
      cause: 'revoked',
      notice: { due: null, since: null, held: null, toldAt: T0, quiet: null },
    });
    expect(changed.find(({ id }) => id === 'i-new')).toMatchObject({
      group: 'd',
      sequence: 1,
      notice: {
        due: null,
        toldAt: T0,
        quiet: 'grouped',
        within: { incident: 'd', channels: ['soc', 'pager'] },
      },
    });
  });

  it.each([
    ['is about another customer too', [...fleet.slice(0, 1), connectionOf('old-1', { tenant: 'Globex' })]],
    ['names one that is gone', fleet.slice(0, 1)],
    ['names nobody who is left', []],
  ])('does not join one that %s', (_what, known) => {
    const { told } = announced([digest, ...old, page('new')], {}, policyFor(known));
    expect(told).toEqual(['credential_invalid firing new']);
  });
});
