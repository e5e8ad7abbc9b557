import { within } from '../metrics/deadline.ts';
import type { ProcessStatus } from '../store/processes.ts';
import type { Parts } from './parts.ts';

const BEAT_EVERY_MS = 5_000;
/** A server that hangs keeps its connection: only an answer proves it. */
const ANSWER_WITHIN_MS = 2_000;

export interface Heartbeat {
  /** Writes to Redis now; resolves with whether that worked, within two seconds. Never rejects. */
  beat(): Promise<boolean>;
  stop(): Promise<void>;
}

export interface HeartbeatOptions {
  readonly status: () => ProcessStatus;
  /** Runs after a beat that worked, unless it still runs. */
  readonly afterwards: () => Promise<void>;
}

/**
 * Tells the other processes every few seconds that this one lives and which config it runs on, and so finds out
 * whether Redis still takes writes, and still is the Redis that this process knows.
 */
export function startHeartbeat(parts: Parts, { status, afterwards }: HeartbeatOptions): Heartbeat {
  const { processes, processId, redis, identity, metrics, logger, now } = parts;
  let working = true;
  // While Redis is away, beats must not pile up in the client.
  let writing: Promise<void> | null = null;

  async function write(): Promise<void> {
    await identity.confirm(now());
    await processes.beat(processId, status());
  }

  async function beat(): Promise<boolean> {
    writing ??= write().finally(() => {
      writing = null;
    });
    const failure = await failureOf(within(writing, ANSWER_WITHIN_MS, 'a write to Redis'));
    if ((failure === null) !== working) {
      working = failure === null;
      if (working) logger.info('Redis takes writes again');
      else logger.error({ reason: failure }, 'Redis takes no writes; until it does, no check is recorded');
    }
    metrics.redisUp(working);
    return working;
  }

  /** Not waited for by the next beat: a process that reads a large config for a while lives all the same. */
  let following: Promise<void> | null = null;
  async function follow(): Promise<void> {
    const failure = await failureOf(afterwards());
    if (failure !== null) logger.warn({ reason: failure }, 'a turn of the heartbeat failed');
  }

  async function turn(): Promise<void> {
    if (!(await beat())) return;
    following ??= follow().finally(() => {
      following = null;
    });
  }

  let last = turn();
  let waiting = false;
  const next = () => {
    if (waiting) return;
    waiting = true;
    last = last.then(() => {
      waiting = false;
      return turn();
    });
  };
  const timer = setInterval(next, BEAT_EVERY_MS);
  // A new connection may lead to a server that takes no writes.
  redis.on('ready', next);
  return {
    beat,
    async stop() {
      clearInterval(timer);
      redis.off('ready', next);
      await last;
      await following;
      await processes.leave(processId);
    },
  };
}

async function failureOf(work: Promise<unknown>): Promise<string | null> {
  try {
    await work;
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
