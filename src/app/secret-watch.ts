import { stampOf } from '../config/secrets/file.ts';
import { checkQueueOf } from '../domain/schedule.ts';
import { SecretWatch } from '../jobs/secret-watch.ts';
import type { Parts } from './parts.ts';

/** 5,000 files take some 50 ms of looking, off the event loop. */
const EVERY_MS = 3_000;

export interface SecretWatchOptions {
  readonly parts: Parts;
  /** Only one process looks for all on its Redis. */
  readonly isKeeper: () => boolean;
  readonly everyMs?: number;
}

/** Looks every few seconds whether keys were replaced, and has them checked at once. */
export function startSecretWatch({ parts, isKeeper, everyMs = EVERY_MS }: SecretWatchOptions): {
  stop(): Promise<void>;
} {
  const { config, secrets, identity, records, checkQueues, logger, now } = parts;
  const watch = new SecretWatch({
    connections: () => config.get().connections,
    stampOf,
    find: (reference, fresh) => secrets.find(reference, { fresh }),
    fingerprint: (...keys) => identity.current().fingerprint(...keys),
    readMany: records.readMany,
    async check(gateway, ids) {
      logger.info({ gateway, connections: ids.length }, 'keys were replaced and are checked at once');
      await checkQueues.addManual(checkQueueOf(gateway), ids, now(), 'keeper');
    },
  });
  let turn: Promise<void> | null = null;
  const timer = setInterval(() => {
    if (turn !== null) return;
    if (!isKeeper()) {
      watch.forget();
      return;
    }
    turn = watch
      .look()
      .catch((error: unknown) => parts.fault('looking for replaced keys failed', error))
      .finally(() => {
        turn = null;
      });
  }, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      await turn;
    },
  };
}
