import { setImmediate } from 'node:timers/promises';
import type { Incident } from '../domain/incident.ts';
import { iso } from '../domain/notification.ts';
import { isConfirmed, STATES, type State } from '../domain/state.ts';
import { isWrong } from '../domain/state-meaning.ts';
import type { SeenConnection } from '../metrics/snapshot.ts';
import type { Overview, ShownGateway } from '../page/data.ts';
import { selectRows } from './select.ts';
import { connectionView } from './views.ts';
import { compareText } from './worst-first.ts';

const MOST_EXPIRING = 10;
/** Choices that a person scrolls through; whoever has more types a few letters instead. */
const MOST_CHOICES = 200;
const SLICE = 1_000;

interface Counts {
  readonly totals: Record<State, number>;
  readonly gateways: Map<string, GatewayCounts>;
  readonly tenants: Map<string, { all: number; wrong: number }>;
  readonly labels: Map<string, number>;
  denied: number;
  lastCheckAt: number | null;
}

interface GatewayCounts {
  readonly states: Map<State, number>;
  rateLimited: number;
  waitsUntil: number | null;
}

/** The fleet at a glance. */
export async function overviewOf(
  rows: readonly SeenConnection[],
  open: readonly Incident[],
  pageVersion: string,
): Promise<Overview> {
  const counts = emptyCounts();
  for (let start = 0; start < rows.length; start += SLICE) {
    for (const row of rows.slice(start, start + SLICE)) count(counts, row);
    await setImmediate();
  }
  const { totals, denied, gateways, tenants, labels, lastCheckAt } = counts;
  const expiring = await selectRows(rows, {
    fits: ({ connection, state }) =>
      connection.enabled && connection.secretExpiresAt !== null && !isConfirmed(state),
    key: ({ connection: { id, secretExpiresAt } }) => ({ at: secretExpiresAt ?? 0, id }),
    compare: (a, b) => a.at - b.at || compareText(a.id, b.id),
    offset: 0,
    limit: MOST_EXPIRING,
  });
  return {
    pageVersion,
    totals,
    denied,
    lastCheckAt: lastCheckAt === null ? null : iso(lastCheckAt),
    gateways: [...gateways]
      .map((one) => gatewayOf(one, open))
      .sort((a, b) => compareText(a.gateway, b.gateway)),
    expiring: expiring.rows.map(connectionView),
    tenants: await choices(tenants, (a, b) => b.wrong - a.wrong || b.all - a.all),
    labels: await choices(labels, (a, b) => b - a),
  };
}

function emptyCounts(): Counts {
  return {
    totals: Object.fromEntries(STATES.map((state) => [state, 0])) as Record<State, number>,
    gateways: new Map(),
    tenants: new Map(),
    labels: new Map(),
    denied: 0,
    lastCheckAt: null,
  };
}

function count(counts: Counts, { connection, summary, state }: SeenConnection): void {
  const { totals, gateways, tenants, labels } = counts;
  totals[state] += 1;
  if (connection.probe && state === 'healthy' && summary?.permission === 'denied') counts.denied += 1;
  const gateway = gateways.get(connection.gateway) ?? { states: new Map(), rateLimited: 0, waitsUntil: null };
  gateways.set(connection.gateway, gateway);
  gateway.states.set(state, (gateway.states.get(state) ?? 0) + 1);
  if (state !== 'disabled' && summary?.lastVerdict === 'rate_limited') {
    gateway.rateLimited += 1;
    gateway.waitsUntil = Math.max(gateway.waitsUntil ?? 0, summary.notBefore ?? 0) || null;
  }
  const tenant = tenants.get(connection.tenant) ?? { all: 0, wrong: 0 };
  tenant.all += 1;
  if (isWrong(state)) tenant.wrong += 1;
  tenants.set(connection.tenant, tenant);
  for (const [name, value] of Object.entries(connection.labels)) {
    const pair = `${name}=${value}`;
    labels.set(pair, (labels.get(pair) ?? 0) + 1);
  }
  const checked = summary?.lastCheckAt ?? null;
  if (checked !== null && checked > (counts.lastCheckAt ?? 0)) counts.lastCheckAt = checked;
}

function gatewayOf(
  [gateway, { states, rateLimited, waitsUntil }]: readonly [string, GatewayCounts],
  open: readonly Incident[],
): ShownGateway {
  const outage = open.find(({ kind, subject }) => kind === 'gateway_outage' && subject === gateway);
  let watched = 0;
  for (const [state, many] of states) if (state !== 'disabled') watched += many;
  return {
    gateway,
    watched,
    states: Object.fromEntries(states),
    outageSince: outage ? iso(outage.startedAt) : null,
    rateLimited,
    waitsUntil: waitsUntil === null ? null : iso(waitsUntil),
  };
}

/** The first by `order`, in the order of the alphabet. */
async function choices<T>(
  found: ReadonlyMap<string, T>,
  order: (a: T, b: T) => number,
): Promise<readonly string[]> {
  const { rows } = await selectRows([...found], {
    fits: () => true,
    key: (entry) => entry,
    compare: ([a, left], [b, right]) => order(left, right) || compareText(a, b),
    offset: 0,
    limit: MOST_CHOICES,
  });
  return rows.map(([name]) => name).sort(compareText);
}
