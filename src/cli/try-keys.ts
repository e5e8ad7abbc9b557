import type { Config } from '../config/config.ts';
import type { Connection } from '../domain/connection.ts';
import { createAsker } from './check-ask.ts';
import { checkFleet, type FleetRun } from './check-fleet.ts';
import { countCertainties } from './check-report.ts';
import type { CheckEdge } from './check-run.ts';
import type { CliContext } from './context.ts';
import { createProgress } from './progress.ts';

/** Asks the gateways about keys that are not registered yet, as `check` does: in parallel, and refused ones once more. */
export async function tryKeys(
  connections: readonly Connection[],
  { checks }: Pick<Config, 'checks'>,
  context: CliContext,
  edge: CheckEdge,
): Promise<FleetRun> {
  const interruption = new AbortController();
  const stopListening = edge.onInterrupt(() => interruption.abort());
  const progress = createProgress(context.stderr, edge.elapsed);
  const asker = createAsker({ checks, env: context.env, now: edge.now, elapsed: edge.elapsed });
  const { concurrency, maxPerSecond } = checks;
  try {
    return await checkFleet(
      connections,
      { concurrency, maxPerSecond, signal: interruption.signal },
      {
        ask: asker.ask,
        elapsed: edge.elapsed,
        delay: edge.delay,
        answered: (soFar) => progress.show(() => progressLine(soFar)),
      },
    );
  } finally {
    progress.end();
    stopListening();
    await asker.close();
  }
}

function progressLine({ total, checked, refused }: FleetRun): string {
  const { valid, invalid, unknown } = countCertainties([...checked.values()]);
  const again = refused.size === 0 ? '' : `; ${refused.size} refused, to be asked once more`;
  return `tried ${checked.size} of ${total}: ${valid} valid, ${invalid} invalid, ${unknown} unknown${again}`;
}
