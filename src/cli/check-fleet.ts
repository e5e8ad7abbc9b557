import { setMaxListeners } from 'node:events';
import type { Connection } from '../domain/connection.ts';
import { type CheckResult, certaintyOf } from '../domain/verdict.ts';

/** A rejection proves nothing until it is repeated this much later: spurious 401s happen in production. */
const ASK_AGAIN_AFTER_MS = 2_000;

export interface Answer {
  readonly result: CheckResult;
  /** Milliseconds from sending to the whole answer; null when nothing was sent. */
  readonly durationMs: number | null;
}

/** What is known of a connection at the end. Where it was asked twice, the second answer counts. */
export interface CheckedConnection extends Answer {
  readonly connection: Connection;
  /** The rejection that was asked again; null when one answer was enough. */
  readonly first: CheckResult | null;
}

export interface FleetOptions {
  /** Exchanges in flight per gateway. */
  readonly concurrency: number;
  /** Exchanges started per second and gateway. */
  readonly maxPerSecond: number;
  /** Ends the run at once; what is not finished by then stays unknown. */
  readonly signal: AbortSignal;
}

export interface FleetPorts {
  readonly ask: (connection: Connection) => Promise<Answer>;
  /** Milliseconds of a clock that only goes forward. */
  readonly elapsed: () => number;
  /** Resolves after `ms`, and at once when the signal is aborted. */
  readonly delay: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Called at the start and after every answer. */
  readonly answered: (run: FleetRun) => void;
}

/** How far a run is. Connections are in the order they were given. */
export interface FleetRun {
  readonly total: number;
  readonly checked: ReadonlyMap<string, CheckedConnection>;
  /** Refused once, to be asked again. */
  readonly refused: ReadonlyMap<string, CheckResult>;
}

interface Lane {
  readonly stop: AbortSignal;
  readonly concurrency: number;
  readonly pace: () => Promise<void>;
  readonly checked: Map<string, CheckedConnection>;
  readonly refused: Map<string, CheckResult>;
  readonly answered: () => void;
}

/** Asks every connection once and the rejected ones again. Each gateway has a lane of its own: none waits for another. */
export async function checkFleet(
  connections: readonly Connection[],
  options: FleetOptions,
  ports: FleetPorts,
): Promise<FleetRun> {
  const ending = new AbortController();
  const stop = AbortSignal.any([options.signal, ending.signal]);
  // Every wait listens; a few hundred at a time are meant, not forgotten.
  setMaxListeners(0, stop);
  const run = { total: connections.length, checked: new Map(), refused: new Map() };
  const lanes = [...byGateway(connections).values()].map((members) => {
    const pace = createPace(options.maxPerSecond, stop, ports);
    const answered = () => ports.answered(run);
    return runLane(members, { ...run, stop, concurrency: options.concurrency, pace, answered }, ports);
  });
  ports.answered(run);
  try {
    await Promise.race([Promise.all(lanes), aborted(options.signal)]);
    return { ...run, checked: new Map(run.checked), refused: new Map(run.refused) };
  } finally {
    // After an interruption or a fault, lanes that are still at it must not ask anybody any more.
    ending.abort();
  }
}

async function runLane(members: readonly Connection[], lane: Lane, ports: FleetPorts): Promise<void> {
  const again: { readonly connection: Connection; readonly dueAt: number }[] = [];
  await each(members, lane, async (connection) => {
    const answer = await ports.ask(connection);
    if (lane.stop.aborted) return;
    if (certaintyOf(answer.result.verdict) === 'invalid') {
      lane.refused.set(connection.id, answer.result);
      again.push({ connection, dueAt: ports.elapsed() + ASK_AGAIN_AFTER_MS });
    } else {
      lane.checked.set(connection.id, { connection, ...answer, first: null });
    }
    lane.answered();
  });
  await each(again, lane, async ({ connection, dueAt }) => {
    const wait = dueAt - ports.elapsed();
    if (wait > 0) await ports.delay(wait, lane.stop);
    if (lane.stop.aborted) return;
    const answer = await ports.ask(connection);
    if (lane.stop.aborted) return;
    const first = lane.refused.get(connection.id) ?? null;
    lane.refused.delete(connection.id);
    lane.checked.set(connection.id, { connection, ...answer, first });
    lane.answered();
  });
}

/** Works through the items in order, `concurrency` at a time, at the lane's pace. */
async function each<Item>(
  items: readonly Item[],
  lane: Lane,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  const hands = Array.from({ length: Math.min(lane.concurrency, items.length) }, async () => {
    for (const item of rest) {
      await lane.pace();
      if (lane.stop.aborted) return;
      await work(item);
    }
  });
  await Promise.all(hands);
}

/** Spreads starts evenly: whoever asks gets the next free moment. */
function createPace(
  perSecond: number,
  stop: AbortSignal,
  { elapsed, delay }: FleetPorts,
): () => Promise<void> {
  const gap = 1_000 / perSecond;
  let free = 0;
  return async () => {
    const now = elapsed();
    const at = Math.max(now, free);
    free = at + gap;
    // Timers don't know shorter waits; above 1,000 a second, a few start together.
    if (at - now >= 1) await delay(at - now, stop);
  };
}

function byGateway(connections: readonly Connection[]): Map<string, Connection[]> {
  const groups = new Map<string, Connection[]>();
  for (const connection of connections) {
    const group = groups.get(connection.gateway);
    if (group) group.push(connection);
    else groups.set(connection.gateway, [connection]);
  }
  return groups;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
