import type { Config } from '../config/config.ts';
import type { Connection } from '../domain/connection.ts';
import { certaintyOf } from '../domain/verdict.ts';
import { createAsker } from './check-ask.ts';
import { type CheckedConnection, checkFleet } from './check-fleet.ts';
import type { CheckEdge } from './check-run.ts';
import type { CliContext } from './context.ts';
import { createProgress } from './progress.ts';
import { remedyOf } from './remedy.ts';

export type Trial =
  | { readonly kind: 'tried'; readonly checked: readonly CheckedConnection[] }
  | { readonly kind: 'interrupted' };

/** Makes a real exchange with the keys of each connection, as `check` does: a rejection is asked once more. */
export async function tryKeys(
  connections: readonly Connection[],
  checks: Config['checks'],
  context: CliContext,
  edge: CheckEdge,
): Promise<Trial> {
  const interruption = new AbortController();
  const stopListening = edge.onInterrupt(() => interruption.abort());
  const progress = createProgress(context.stderr, edge.elapsed);
  const asker = createAsker({ checks, env: context.env, now: edge.now, elapsed: edge.elapsed });
  const { concurrency, maxPerSecond } = checks;
  try {
    const run = await checkFleet(
      connections,
      { concurrency, maxPerSecond, signal: interruption.signal },
      {
        ask: asker.ask,
        elapsed: edge.elapsed,
        delay: edge.delay,
        answered: ({ checked, total, refused }) =>
          progress.show(
            () =>
              `tried the keys of ${checked.size} of ${total}${refused.size > 0 ? '; asking once more' : ''}`,
          ),
      },
    );
    const checked = connections.flatMap(({ id }) => run.checked.get(id) ?? []);
    return checked.length === connections.length ? { kind: 'tried', checked } : { kind: 'interrupted' };
  } finally {
    progress.end();
    stopListening();
    await asker.close();
  }
}

/** What was answered, and what it means, in one line. */
export function trialText({ connection, result, first }: CheckedConnection): string {
  const { id, gateway, timeoutMs } = connection;
  const { reason, nextStep } = remedyOf(result, { gateway, timeoutMs, keySource: null });
  if (result.verdict === 'valid') return `${id}: the keys work: ${reason}`;
  const again =
    first !== null && certaintyOf(result.verdict) === 'invalid' ? ' It was asked twice, 2 s apart.' : '';
  return `${id}: ${result.verdict}: ${reason}${again} ${nextStep}`;
}
