import { describe, expect, it } from '@jest/globals';
import type { Connection } from '../../src/domain/connection.ts';
import type { DecidePolicy } from '../../src/domain/decide.ts';
import type { Evidence } from '../../src/domain/record.ts';
import type { Reference } from '../../src/domain/reference.ts';
import { GATEWAY, HOUR, MINUTE, SECOND } from './checks.ts';
import { changed, connectionOf, Desk } from './desk.ts';

const UK = 'https://uk-api.services.mimecast.com';
const UNREAD: Evidence = {
  verdict: 'secret_unavailable',
  httpStatus: null,
  code: 'exec_failed',
  requestId: null,
};

function vault(id: string): Reference {
  const command = [
    'env',
    '-i',
    'VAULT_TOKEN=hvs.s3cret',
    '/usr/bin/vault',
    'kv',
    'get',
    `mimecast/${id}`,
  ] as const;
  return { kind: 'exec', command: [...command], directory: '/etc' };
}

/** A connection of a customer, on one of two gateways, with its secret in the vault. */
function keptInVault(id: string, tenant: string, more: Partial<Connection> = {}): Connection {
  const gateway = id.endsWith('1') ? UK : GATEWAY;
  return connectionOf(id, { tenant, gateway, clientSecret: vault(id), ...more });
}

const ACME = [1, 2, 3, 4, 5, 6, 7].map((n) => keptInVault(`acme-${n}`, 'Acme Corp'));
const GLOBEX = [1, 2, 3, 4, 5, 6].map((n) => keptInVault(`globex-${n}`, 'Globex'));
const INITECH = keptInVault('initech', 'Initech', { channels: ['initech-desk'] });
const FLEET = [...ACME, ...GLOBEX, INITECH];

function deskOf(fleet: readonly Connection[], policy: Partial<DecidePolicy> = {}): Desk {
  const byId = new Map(fleet.map((connection) => [connection.id, connection]));
  return new Desk({
    find: (id) => byId.get(id),
    channels: ['soc', 'initech-desk'],
    scoped: new Set(['initech-desk']),
    ...policy,
  });
}

function unread(connection: Connection, at: number, evidence: Evidence = UNREAD) {
  const { id, tenant, gateway, labels, channels } = connection;
  const about = { connection: { id, tenant, gateway, labels }, channels };
  return changed('unverifiable', at, { ...about, evidence, rejections: 0 });
}

function works({ id, tenant, gateway, labels, channels }: Connection, at: number) {
  return changed('healthy', at, { connection: { id, tenant, gateway, labels }, channels });
}

function summaries(desk: Desk): string[] {
  return desk.sent.map(({ notification, channels }) => `${channels.join(',')}: ${notification.summary}`);
}

describe('a source of secrets that fails', () => {
  it('is one message however many customers and gateways it reaches, which names the source and nothing else of it', () => {
    const desk = deskOf(FLEET);
    for (const one of FLEET) {
      desk.happen(unread(one, desk.now));
      desk.pass(20 * SECOND);
    }
    desk.pass(HOUR);
    expect(summaries(desk)).toEqual([
      "soc: The secrets of 13 connections can't be read from exec /usr/bin/vault",
      "initech-desk: Initech: the secrets of initech can't be read from exec /usr/bin/vault",
    ]);
    const [told] = desk.sent;
    expect(told?.notification).toMatchObject({
      kind: 'credential_unverifiable',
      severity: 'warning',
      connection: null,
      description:
        "The monitor's own source of secrets fails: exec /usr/bin/vault (13 × exec_failed). Nothing is known against these keys.",
      remediation: expect.stringMatching(/^Look at exec \/usr\/bin\/vault on the machine of the monitor\./),
    });
    expect(JSON.stringify(desk.sent)).not.toMatch(/s3cret|mimecast\/acme/);
    expect(JSON.stringify(desk.sent[1])).not.toMatch(/acme|globex/i);
    expect(desk.open.filter(({ kind }) => kind === 'gateway_outage')).toEqual([]);
  });

  it('tells each channel of its own connections only: how many, what it was and what proves it', () => {
    const desk = deskOf(FLEET);
    const [initech, ...others] = [INITECH, ...FLEET.filter((one) => one !== INITECH)];
    const missing: Evidence = { ...UNREAD, code: 'exec_timeout', requestId: 'initech-1' };
    desk.happen(...others.map((one) => unread(one, desk.now)), unread(initech, desk.now, missing));
    desk.pass(25 * HOUR);
    const [fired, recalled] = ['firing', 'reminder'].map((status) =>
      desk.sent.filter(({ notification }) => notification.status === status),
    );
    for (const told of [fired, recalled]) {
      const [soc, own] = told ?? [];
      expect(soc?.notification.description).toContain('(13 × exec_failed)');
      expect(soc?.notification.evidence).toMatchObject({ code: 'exec_failed', requestId: null });
      expect(own?.channels).toEqual(['initech-desk']);
      expect(own?.notification.description).toContain('(1 × exec_timeout)');
      expect(own?.notification.evidence).toMatchObject({ code: 'exec_timeout', requestId: 'initech-1' });
    }
  });

  it('counts for a channel that joins later what it may see of those that are left', () => {
    const desk = deskOf(FLEET, { channels: [] });
    desk.happen(...FLEET.map((one) => unread(one, desk.now)));
    desk.pass(HOUR);
    expect(desk.sent).toEqual([]);
    desk.policy = { ...desk.policy, channels: ['soc', 'initech-desk'] };
    const [acme] = ACME;
    if (acme) desk.happen(works(acme, desk.now));
    desk.pass(HOUR);
    expect(desk.sent.map(({ notification }) => notification.description)).toEqual([
      expect.stringContaining('(12 × exec_failed)'),
      expect.stringContaining('(1 × exec_failed)'),
    ]);
  });

  it('is one message when it is over, to the same', () => {
    const desk = deskOf(FLEET);
    desk.happen(...FLEET.map((one) => unread(one, desk.now)));
    desk.pass(HOUR);
    desk.happen(...FLEET.map((one) => works(one, desk.now)));
    desk.pass(HOUR);
    expect(summaries(desk).slice(2)).toEqual([
      'soc: The secrets of 13 connections can be read from exec /usr/bin/vault again',
      'initech-desk: Initech: the secrets of initech can be read from exec /usr/bin/vault again',
    ]);
    expect(desk.incidents).toEqual([]);
  });

  it('stays one incident when it reaches others later', () => {
    const desk = deskOf(FLEET);
    desk.happen(...ACME.map((one) => unread(one, desk.now)));
    desk.pass(HOUR);
    desk.happen(...GLOBEX.map((one) => unread(one, desk.now)));
    desk.pass(HOUR);
    expect(summaries(desk)).toEqual([
      "soc: Acme Corp: the secrets of 7 connections can't be read from exec /usr/bin/vault",
      "soc: The secrets of 13 connections can't be read from exec /usr/bin/vault",
    ]);
    expect(new Set(desk.sent.map(({ notification }) => notification.incident)).size).toBe(1);
  });

  it('says to each of those that it reaches later how many of them are new', () => {
    const desk = deskOf(FLEET);
    desk.happen(...ACME.map((one) => unread(one, desk.now)));
    desk.pass(HOUR);
    desk.happen(...GLOBEX.slice(1).map((one) => unread(one, desk.now)), unread(INITECH, desk.now));
    desk.pass(HOUR);
    expect(desk.sent.slice(1).map(({ notification }) => notification.description)).toEqual([
      expect.stringContaining('(12 × exec_failed; 5 of them since the message before)'),
      expect.stringContaining('(1 × exec_failed; 1 of them since the message before)'),
    ]);
  });

  it('is told apart from another one', () => {
    const filed = ['a', 'b'].map((id) =>
      connectionOf(id, { tenant: id, clientSecret: { kind: 'file', path: `/run/secrets/${id}` } }),
    );
    const fleet = [...ACME, ...filed];
    const desk = deskOf(fleet);
    desk.happen(
      ...ACME.map((one) => unread(one, desk.now)),
      ...filed.map((one) => unread(one, desk.now, { ...UNREAD, code: 'file_missing' })),
    );
    desk.pass(HOUR);
    expect(summaries(desk)).toEqual([
      "soc: Acme Corp: the secrets of 7 connections can't be read from exec /usr/bin/vault",
      "soc: The secrets of 2 connections can't be read from directory /run/secrets",
    ]);
  });

  it('that is a single file is told with the connection, and blames neither gateway nor keys', () => {
    const acme = connectionOf('acme', { clientSecret: { kind: 'file', path: '/run/secrets/acme' } });
    const desk = deskOf([acme]);
    desk.happen(unread(acme, desk.now, { ...UNREAD, code: 'file_missing' }));
    desk.pass(HOUR);
    const { connection, description, remediation } = desk.sent[0]?.notification ?? {};
    expect(connection).toMatchObject({ id: 'acme' });
    expect(description).toMatch(
      /^The monitor could not read the secret \(file_missing\), and nothing was sent\./,
    );
    expect(remediation).toContain("on the monitor's side, not at Mimecast");
  });

  it('and whose last value is refused says so', () => {
    const [acme] = ACME;
    if (!acme) throw new Error('there is no acme');
    const desk = deskOf(ACME);
    desk.happen(unread(acme, desk.now, { ...UNREAD, httpStatus: 401, code: 'stale_secret_rejected' }));
    desk.pass(HOUR);
    expect(desk.sent[0]?.notification.description).toMatch(
      /^The monitor's source of the secret fails, and the gateway refuses the last value that it gave \(HTTP 401\)/,
    );
  });

  it('is recalled as one, too', () => {
    const desk = deskOf(FLEET);
    desk.happen(...FLEET.map((one) => unread(one, desk.now)));
    desk.pass(25 * HOUR);
    expect(summaries(desk).slice(2)).toEqual([
      "soc: Still open: The secrets of 13 connections can't be read from exec /usr/bin/vault",
      "initech-desk: Still open: Initech: the secrets of initech can't be read from exec /usr/bin/vault",
    ]);
    desk.pass(MINUTE);
  });
});
