import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Config } from '../../src/config/config.ts';
import { CurrentConfig } from '../../src/config/current-config.ts';
import { bareReferencesOf, losesReferences, referencesOf } from '../../src/config/references.ts';
import type { Connection } from '../../src/domain/connection.ts';
import { fleetChange } from '../../src/domain/fleet-difference.ts';
import type { SlotPlans } from '../../src/domain/schedule.ts';
import { connectionOf } from '../helpers/fleet.ts';
import { configOf } from '../helpers/parts.ts';

/** Few of each, so that two fleets share much, and connections a slot. */
const fleet: fc.Arbitrary<readonly Connection[]> = fc.uniqueArray(
  fc
    .record({
      id: fc.integer({ min: 0, max: 60 }),
      gateway: fc.constantFrom('https://a.example', 'https://b.example'),
      intervalMs: fc.constantFrom(5_000, 5_001),
      tenant: fc.constantFrom('Acme', 'Globex'),
      enabled: fc.boolean(),
      secret: fc.constantFrom('one', 'two'),
    })
    .map(({ id, secret, ...more }) =>
      connectionOf(`acme-${id}`, { ...more, clientSecret: { kind: 'env', name: secret } }),
    ),
  { selector: ({ id }) => id, maxLength: 60, size: 'max' },
);

const plain = (plans: SlotPlans) =>
  Object.fromEntries([...plans].map(([queue, slots]) => [queue, Object.fromEntries(slots)]));

/** Shares the objects of what stays, as a reload does. */
function reloaded(before: readonly Connection[], after: readonly Connection[]): readonly Connection[] {
  return after.map((one) => before.find((old) => JSON.stringify(old) === JSON.stringify(one)) ?? one);
}

it('a config that is replaced ends as one that was made from the start', async () => {
  const empty: Config = await configOf({});
  fc.assert(
    fc.property(fc.array(fleet, { minLength: 2, maxLength: 4 }), (fleets) => {
      const current = new CurrentConfig(empty);
      let connections: readonly Connection[] = [];
      for (const next of fleets) {
        connections = reloaded(connections, next);
        const before = current.slots();
        const kept = structuredClone(plain(before));
        current.replace({ ...empty, connections });
        // Whoever is at work with the old plans goes on with them.
        expect(plain(before)).toEqual(kept);
      }
      const fresh = new CurrentConfig({ ...empty, connections });
      expect(plain(current.slots())).toEqual(plain(fresh.slots()));
      expect(current.gateways()).toEqual(fresh.gateways());
      for (let id = 0; id <= 60; id += 1) expect(current.find(`acme-${id}`)).toBe(fresh.find(`acme-${id}`));
    }),
  );
});

it('a reference that nothing has any more is noticed', async () => {
  const empty = await configOf({});
  const names = (config: Config) => new Set([...bareReferencesOf(config)].map((one) => JSON.stringify(one)));
  fc.assert(
    fc.property(fleet, fleet, (before, next) => {
      const old = { ...empty, connections: before };
      const now = { ...empty, connections: reloaded(before, next) };
      const left = names(now);
      const lost = [...names(old)].some((name) => !left.has(name));
      const noticed = losesReferences(old, now, fleetChange(old.connections, now.connections));
      // Being told of none too many only costs time.
      expect(noticed || !lost).toBe(true);
    }),
  );
});

it('a channel that loses its reference is noticed, and one that keeps it is not', async () => {
  const withUrl = (name: string) =>
    configOf({ alerts: { channels: { soc: { type: 'slack', url: { env: name } } } } });
  const [old, same, other] = await Promise.all([withUrl('A'), withUrl('A'), withUrl('B')]);
  const none = fleetChange([], []);
  expect(losesReferences(old, same, none)).toBe(false);
  expect(losesReferences(old, other, none)).toBe(true);
});

it('the bare references are those with their places', async () => {
  const config = await configOf({
    http: { token: { env: 'TOKEN' } },
    redis: { url: { env: 'REDIS' } },
    alerts: { channels: { soc: { type: 'slack', url: { env: 'A' } } } },
    connections: [{ id: 'acme', region: 'us', clientId: { env: 'ID' }, clientSecret: { env: 'SECRET' } }],
  });
  expect([...bareReferencesOf(config)]).toEqual(referencesOf(config).map(({ reference }) => reference));
});
