import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Connection } from '../../src/domain/connection.ts';
import { MINUTE, SECOND, T0 } from './checks.ts';
import { connectionOf } from './desk.ts';
import { WatchedFleet } from './wipe.ts';

const CONFIRM = 30 * SECOND;

function appsOf(tenant: string, count: number, more: Partial<Connection> = {}): Connection[] {
  return Array.from({ length: count }, (_, index) =>
    connectionOf(`${tenant}-${index}`, { tenant, intervalMs: 5 * MINUTE, ...more }),
  );
}

/** Revokes one after the other, in the order of the list. */
function wiped(fleet: readonly Connection[], from: number, gapMs: number) {
  const goneAt = new Map(fleet.map(({ id }, index) => [id, from + index * gapMs]));
  return {
    goneAt,
    answers: (id: string, at: number) =>
      (at >= (goneAt.get(id) ?? Infinity) ? 'rejected' : 'valid') as 'rejected' | 'valid',
  };
}

/** When each connection was told of first, and in how many messages and incidents. */
function toldOf({ desk }: WatchedFleet) {
  const firing = desk.sent
    .map(({ notification }) => notification)
    .filter(({ status }) => status === 'firing');
  const first = new Map<string, number>();
  for (const { connection, connections, occurredAt } of firing) {
    for (const id of connection ? [connection.id] : (connections?.ids ?? []))
      if (!first.has(id)) first.set(id, Date.parse(occurredAt));
  }
  return { first, messages: firing.length, incidents: new Set(firing.map(({ incident }) => incident)).size };
}

const STORIES = [0.1, 0.2, 0.5, 1, 2, 2.7].flatMap((gap) =>
  [0, 17, 71, 113, 171, 229, 293].map((from) => ({ gap, from })),
);

describe('a customer whose twelve applications are wiped one after the other', () => {
  it.each(STORIES)(
    'every $gap s from second $from on, is one incident and at most one message more',
    ({ gap, from }) => {
      const fleet = appsOf('acme', 12);
      const { goneAt, answers } = wiped(fleet, T0 + from * SECOND, gap * SECOND);
      const watched = new WatchedFleet(fleet, answers).pass(12 * MINUTE);
      const { first, messages, incidents } = toldOf(watched);
      expect([...first.keys()].sort()).toEqual(fleet.map(({ id }) => id).sort());
      expect(incidents).toBe(1);
      expect(messages).toBeLessThanOrEqual(2);
      for (const [id, at] of first)
        expect(at - (goneAt.get(id) ?? 0)).toBeLessThanOrEqual(5 * MINUTE + CONFIRM + 5 * SECOND);
    },
  );
});
