import type { Connection } from '../../src/domain/connection.ts';
import type { HealthRecord } from '../../src/domain/record.ts';
import type { State } from '../../src/domain/state.ts';
import type { Verdict } from '../../src/domain/verdict.ts';
import { connectionOf, incidentOf, recordOf, UK, US } from './fleet.ts';
import type { MemoryFleet } from './http-ports.ts';

const GLOBAL = 'https://api.services.mimecast.com';
const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;

const WORDS = [
  'Acme',
  'Globex',
  'Initech',
  'Umbrella',
  'Hooli',
  'Stark',
  'Wayne',
  'Wonka',
  'Tyrell',
  'Soylent',
];
const TRADES = ['Health', 'Foods', 'Logistics', 'Insurance', 'Energy', 'Legal', 'Retail', 'Software'];

/** Of a thousand connections, how many are in each state; the others are healthy. */
const RARE: readonly (readonly [State, number, Verdict])[] = [
  ['revoked', 3, 'rejected'],
  ['expired', 1, 'key_expired'],
  ['forbidden', 1, 'forbidden'],
  ['never_valid', 2, 'rejected'],
  ['unverifiable', 4, 'timeout'],
  ['suspect', 2, 'rejected'],
  ['pending', 3, 'network_error'],
];

/** A fleet of any size, always the same one; `now` is epoch milliseconds. */
export function largeFleet(size: number, now: number): MemoryFleet {
  const entries = Array.from({ length: size }, (_, index) => entryOf(index, now));
  const open = entries
    .filter(([, { state }]) => state === 'revoked' || state === 'expired')
    .map(([connection, { state, since }]) =>
      incidentOf(connection, {
        cause: state === 'expired' ? 'expired' : 'revoked',
        startedAt: since,
        notice: { due: null, since: null, held: null, toldAt: since + 3_000, quiet: null },
      }),
    );
  return { entries, open };
}

function entryOf(index: number, now: number): readonly [Connection, HealthRecord] {
  const customer = Math.floor(index / 3);
  const tenant = `${WORDS[customer % 10]} ${TRADES[Math.floor(customer / 10) % 8]} ${Math.floor(customer / 80) + 1}`;
  const connection = connectionOf(
    `${tenant.toLowerCase().replaceAll(' ', '-')}-${['siem', 'mdr', 'lab'][index % 3]}`,
    {
      tenant,
      gateway: [US, US, UK, GLOBAL][customer % 4] ?? US,
      secretExpiresAt: index % 5 === 0 ? now + (((index * 37) % 300) + 2) * DAY : null,
      labels: {
        tier: ['gold', 'silver', 'bronze'][customer % 3] ?? 'gold',
        team: `soc-${'abcd'[customer % 4]}`,
      },
      enabled: index % 200 !== 7,
    },
  );
  const [state, verdict] = stateOf((index * 619) % 1_000);
  const lastCheckAt = now - ((index * 7_919) % (5 * MINUTE));
  const healthy = state === 'healthy';
  const since = now - ((index * 104_729) % ((healthy ? 200 : 2) * DAY));
  return [
    connection,
    recordOf({
      state,
      since,
      lastCheckAt,
      lastVerdict: verdict,
      rejections:
        healthy || state === 'pending' || state === 'unverifiable' ? 0 : state === 'suspect' ? 1 : 3,
      lastSuccessAt: state === 'never_valid' || state === 'pending' ? null : healthy ? lastCheckAt : since,
    }),
  ];
}

function stateOf(place: number): readonly [State, Verdict] {
  let edge = 0;
  for (const [state, share, verdict] of RARE) {
    edge += share;
    if (place < edge) return [state, verdict];
  }
  return ['healthy', 'valid'];
}
