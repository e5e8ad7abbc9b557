import { ping } from '../alerts/ping.ts';
import type { HeartbeatConfig } from '../config/config.ts';
import { type BeatReason, beatReason, type CheckSurvey, EMPTY_SURVEY, surveyed } from '../domain/dead-man.ts';
import { within } from '../metrics/deadline.ts';
import { readSnapshot } from '../metrics/snapshot.ts';
import type { Parts } from './parts.ts';

/** How often is looked whether a beat is due. */
const TICK_MS = 500;
/** Looking at 100,000 connections takes less than a second; a Redis that hangs must not hold up the beats after it. */
const SURVEY_WITHIN_MS = 30_000;

export interface DeadManOptions {
  readonly parts: Pick<Parts, 'config' | 'records' | 'secrets' | 'logger' | 'fault' | 'now'>;
  /** Only one process speaks for all on its Redis. */
  readonly isKeeper: () => boolean;
  /** Resolves soon, whatever Redis does. */
  readonly takesWrites: () => Promise<boolean>;
}

/**
 * Feeds a dead-man's switch outside while checks complete on time, so that somebody notices when they no longer do:
 * whatever broke, this is what then does not happen.
 */
export function startDeadMan(options: DeadManOptions): { stop(): Promise<void> } {
  const { parts, isKeeper } = options;
  const ending = new AbortController();
  const tell = createTeller(parts);
  let lastAt = Number.NEGATIVE_INFINITY;
  let turn: Promise<void> | null = null;

  async function beat({ url }: HeartbeatConfig): Promise<void> {
    const takesWrites = await options.takesWrites();
    // Without writes Redis may hang on reads too, and the answer is known.
    const survey = takesWrites
      ? await within(surveyOf(parts), SURVEY_WITHIN_MS, 'surveying the checks')
      : EMPTY_SURVEY;
    const reason = beatReason(takesWrites, survey);
    if (reason !== 'checks_complete') {
      tell.withheld(reason, survey);
      return;
    }
    const result = await ping(await parts.secrets.resolve(url), parts.now(), ending.signal);
    if (ending.signal.aborted) return;
    if (result.kind === 'delivered') tell.sent();
    else tell.failed(result.reason);
  }

  function tick(): void {
    const { heartbeat } = parts.config.get().alerts;
    if (turn !== null || heartbeat === null || !isKeeper()) return;
    const now = parts.now();
    // A clock that was set back must not silence it until it has caught up.
    if (now >= lastAt && now - lastAt < heartbeat.intervalMs) return;
    lastAt = now;
    turn = beat(heartbeat)
      .catch((error: unknown) => tell.failed(error instanceof Error ? error.message : String(error)))
      .finally(() => {
        turn = null;
      });
  }

  const timer = setInterval(tick, TICK_MS);
  return {
    async stop() {
      clearInterval(timer);
      ending.abort();
      await turn;
    },
  };
}

async function surveyOf({ config, records, now }: DeadManOptions['parts']): Promise<CheckSurvey> {
  let survey = EMPTY_SURVEY;
  for await (const slice of readSnapshot(config.get().connections, records.readSummaries)) {
    const at = now();
    for (const { connection, summary } of slice) survey = surveyed(survey, connection, summary, at);
  }
  return survey;
}

/** One line for each change, and none while things stay as they are. */
function createTeller({ logger, fault }: DeadManOptions['parts']) {
  let last: string | null = null;
  const changed = (outcome: string): boolean => {
    const isNew = outcome !== last;
    last = outcome;
    return isNew;
  };
  return {
    sent() {
      if (changed('sent')) logger.info('the heartbeat is sent');
    },
    withheld(reason: Exclude<BeatReason, 'checks_complete'>, survey: CheckSurvey) {
      if (changed(`withheld ${reason}`)) logger.warn({ reason, ...survey }, 'the heartbeat is withheld');
    },
    failed(reason: string) {
      if (changed(`failed ${reason}`)) fault('the heartbeat could not be sent', new Error(reason));
    },
  };
}
