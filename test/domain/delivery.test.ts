import { describe, expect, it } from '@jest/globals';
import { createToldBy, deliveryOf } from '../../src/domain/delivery.ts';
import { NOTIFICATION } from '../alerts/notifications.ts';
import { connectionOf, incidentOf, NEW_YEAR, UK, US } from '../helpers/fleet.ts';

const acme = connectionOf('acme');
const NONE = { due: null, since: null, held: null, toldAt: null, quiet: null } as const;

function massOf(more: Parameters<typeof incidentOf>[1] = {}) {
  return incidentOf(null, {
    id: 'mass',
    kind: 'mass_rejection',
    cause: null,
    subject: US,
    members: ['acme'],
    ...more,
  });
}

describe('whose message told of an incident', () => {
  const heldByMass = incidentOf(acme, {
    audiences: [],
    notice: { ...NONE, due: 'firing', held: 'mass_rejection' },
  });

  it('is its own where nothing else spoke for it', () => {
    const incident = incidentOf(acme);
    expect(createToldBy([incident])(incident)).toEqual({ incident: incident.id, channels: ['soc'] });
    expect(createToldBy([])(incidentOf(acme, { notice: NONE }))).toBeNull();
  });

  it('is that of the digest or round-up, in the channels whose copy is about it', () => {
    const within = { incident: 'e1-group', channels: ['pager'] };
    const incident = incidentOf(acme, { notice: { ...NONE, toldAt: NEW_YEAR, within } });
    expect(createToldBy([incident])(incident)).toEqual(within);
  });

  it('is that of a digest of which this was not noted, and nobody’s while no channel is configured for it', () => {
    const notice = { ...NONE, toldAt: NEW_YEAR, quiet: 'grouped' } as const;
    const incident = incidentOf(acme, { group: 'e1-group', audiences: [], notice });
    expect(createToldBy([incident])(incident)).toEqual({ incident: 'e1-group', channels: null });
    const untold = incidentOf(null, { id: 'e1-group', subject: 'digest', notice: NONE });
    expect(createToldBy([incident, untold])(incident)).toBeNull();
  });

  it('is that of the mass or outage that keeps its own back', () => {
    const outage = massOf({ id: 'outage', kind: 'gateway_outage' });
    expect(createToldBy([heldByMass, massOf(), outage])(heldByMass)).toEqual({
      incident: 'mass',
      channels: ['soc'],
    });
    const held = incidentOf(acme, { audiences: [], notice: { ...NONE, held: 'outage' } });
    expect(createToldBy([held, massOf(), outage])(held)).toEqual({ incident: 'outage', channels: ['soc'] });
  });

  it.each([
    ['is not told yet', massOf({ notice: NONE })],
    ['is over', massOf({ resolvedAt: NEW_YEAR })],
    ['is of another gateway', massOf({ subject: UK })],
  ])('is not that of a mass that %s', (_what, mass) => {
    expect(createToldBy([heldByMass, mass])(heldByMass)).toBeNull();
  });

  it('is only in the channels that may name it, and in none that is another customer’s', () => {
    const audiences = [
      { channels: ['soc'], total: 1, ids: ['acme'], tenant: 'acme' },
      { channels: ['globex'], total: 1, ids: ['globex'], tenant: 'globex' },
      { channels: ['many of globex'], total: 90, ids: ['globex'], tenant: 'globex' },
      { channels: ['all'], total: 90, ids: ['globex'], tenant: null },
    ];
    expect(createToldBy([massOf({ audiences })])(heldByMass)?.channels).toEqual(['soc', 'all']);
  });
});

it('notes no more of a reason than a line', () => {
  const tried = { at: 1, since: 0, attempts: 1 };
  const noted = deliveryOf(NOTIFICATION, 'given_up', tried, { failure: 'refused', reason: 'a'.repeat(900) });
  expect(noted).toEqual({
    ...{ ...tried, result: 'given_up', notification: NOTIFICATION.id, failure: 'refused' },
    reason: 'a'.repeat(200),
  });
});
