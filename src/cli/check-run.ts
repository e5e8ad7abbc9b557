import type { Config } from '../config/config.ts';
import type { Connection } from '../domain/connection.ts';
import { createAsker } from './check-ask.ts';
import { type CheckedConnection, checkFleet, type FleetRun } from './check-fleet.ts';
import { type CertaintyCounts, checkDocument, checkText, countCertainties } from './check-report.ts';
import { complain } from './complain.ts';
import type { CliContext } from './context.ts';
import { createProgress } from './progress.ts';
import { answerInShort } from './remedy.ts';
import { lineWidth, paintFor } from './table.ts';

/** What the command takes from the process; tests hand in their own. */
export interface CheckEdge {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Milliseconds of a clock that only goes forward. */
  readonly elapsed: () => number;
  /** Resolves after `ms`, and at once when the signal is aborted. */
  readonly delay: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Calls back when the user wants the run to end; returns how to stop listening. */
  readonly onInterrupt: (callback: () => void) => () => void;
}

export interface CheckOrder {
  /** All of them enabled. */
  readonly connections: readonly Connection[];
  /** How many were left out because they are disabled. */
  readonly skipped: number;
  readonly config: Config;
  readonly json: boolean;
}

const INTERRUPTED = 130;
const MOST_IDS = 20;

/** 0: all valid. 1: at least one certain rejection. 3: none rejected, but some unknown. */
export function exitCodeOf({ invalid, unknown }: CertaintyCounts): number {
  if (invalid > 0) return 1;
  return unknown > 0 ? 3 : 0;
}

/** Checks the connections, prints what was found, and gives the exit code. */
export async function runChecks(order: CheckOrder, context: CliContext, edge: CheckEdge): Promise<number> {
  const { checks } = order.config;
  const interruption = new AbortController();
  const stopListening = edge.onInterrupt(() => interruption.abort());
  const progress = createProgress(context.stderr, edge.elapsed);
  const asker = createAsker({ checks, env: context.env, now: edge.now, elapsed: edge.elapsed });
  const startedAt = edge.now();
  const began = edge.elapsed();
  try {
    const { concurrency, maxPerSecond } = checks;
    const { signal } = interruption;
    const run = await checkFleet(
      order.connections,
      { concurrency, maxPerSecond, signal },
      {
        ask: asker.ask,
        elapsed: edge.elapsed,
        delay: edge.delay,
        answered: (soFar) => progress.show(() => progressLine(soFar)),
      },
    );
    progress.end();
    const seconds = (edge.elapsed() - began) / 1_000;
    const checked = order.connections.flatMap(({ id }) => run.checked.get(id) ?? []);
    if (order.json) context.stdout.write(`${JSON.stringify(checkDocument(checked, startedAt), null, 2)}\n`);
    else context.stdout.write(reportText(checked, { order, context, seconds, keyNotes: asker.keyNotes }));
    if (checked.length === run.total) return exitCodeOf(countCertainties(checked));
    complain(context.stderr, ...unfinishedLines(order.connections, run));
    return INTERRUPTED;
  } finally {
    progress.end();
    stopListening();
    await asker.close();
  }
}

interface ReportOptions {
  readonly order: CheckOrder;
  readonly context: CliContext;
  readonly seconds: number;
  readonly keyNotes: (connection: Connection) => readonly string[];
}

function reportText(
  checked: readonly CheckedConnection[],
  { order, context: { stdout, env }, seconds, keyNotes }: ReportOptions,
): string {
  const options = { paint: paintFor(stdout, env), width: lineWidth(stdout), keyNotes };
  const { valid, invalid, unknown } = countCertainties(checked);
  const noun = checked.length === 1 ? 'connection' : 'connections';
  const skipped = order.skipped === 0 ? '' : `; ${order.skipped} disabled and skipped`;
  const summary =
    `${checked.length} ${noun} checked in ${seconds.toFixed(1)} s: ` +
    `${valid} valid, ${invalid} invalid, ${unknown} unknown${skipped}`;
  const text = checkText(checked, options);
  return text === '' ? `${summary}\n` : `${text}\n${summary}\n`;
}

function progressLine({ total, checked, refused }: FleetRun): string {
  const { valid, invalid, unknown } = countCertainties([...checked.values()]);
  const again = refused.size === 0 ? '' : `; ${refused.size} refused, to be asked once more`;
  return `checked ${checked.size} of ${total}: ${valid} valid, ${invalid} invalid, ${unknown} unknown${again}`;
}

/** A single refusal proves nothing, so that it is told apart from what is known. */
function unfinishedLines(connections: readonly Connection[], run: FleetRun): readonly string[] {
  const open = connections.map(({ id }) => id).filter((id) => !run.checked.has(id));
  const refused = open.flatMap((id) => {
    const first = run.refused.get(id);
    return first ? [`${id} (${answerInShort(first)})`] : [];
  });
  const lines = [`interrupted: ${open.length} of ${run.total} were not finished: ${idList(open)}`];
  if (refused.length > 0) lines.push(`refused once and not asked again: ${idList(refused)}`);
  return lines;
}

/** Names as many as can be read. */
export function idList(ids: readonly string[]): string {
  const more = ids.length - MOST_IDS;
  return more <= 0 ? ids.join(', ') : `${ids.slice(0, MOST_IDS).join(', ')} and ${more} more`;
}
