import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import {
  identifyProcess,
  isRunning,
  type ProcessIdentity,
  processNamespace,
} from '../process/process-identity.ts';
import {
  createLock,
  deleteLock,
  deleteLocksBelow,
  highestLock,
  type LockFile,
  type LockRecord,
  rewriteLock,
} from './lock-file.ts';
import { RedisError } from './redis-error.ts';

export interface DataLock {
  /** What the previous owner left behind; its server may still run and must be ended first. */
  readonly previous: { readonly server: ProcessIdentity | null; readonly runtimeDirectory: string | null };
  /** Writes down, before it matters, what a successor would have to clean up. */
  note(left: { server: ProcessIdentity | null; runtimeDirectory: string | null }): void;
  /** Gives the folder back; nothing of ours may use it any more. */
  release(): void;
}

interface LockOptions {
  readonly folder: string;
  readonly logger: Pick<Logger, 'warn'>;
  /** How often a living owner shows itself to those who can't see its process; 2 s. */
  readonly beatMs?: number;
}

const BEAT_MS = 2_000;
/** Only as many newcomers as start within the same instant can make a round be lost. */
const MAX_ROUNDS = 100;

/** Takes the folder for this process, or throws `data_dir_in_use` naming the process that has it. */
export async function takeDataLock({ folder, logger, beatMs = BEAT_MS }: LockOptions): Promise<DataLock> {
  const owner = identifyProcess(process.pid);
  if (owner === null)
    throw new RedisError('unusable', 'This process could not be identified (is /proc mounted?).');
  const namespace = processNamespace();
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const current = highestLock(folder);
    if (current !== null) await refuseIfHeld(folder, current, namespace, beatMs);
    const { server = null, runtimeDirectory = null } = current?.record ?? {};
    const lock: LockFile = {
      number: (current?.number ?? 0) + 1,
      // The predecessor's leftovers stay on record until they are cleaned up, should we die before that.
      record: { owner, namespace, beat: 0, server, runtimeDirectory },
    };
    if (!createLock(folder, lock)) continue;
    if (highestLock(folder)?.number !== lock.number) {
      deleteLock(folder, lock.number);
      continue;
    }
    deleteLocksBelow(folder, lock.number);
    return holdLock(folder, lock, { server, runtimeDirectory }, beatMs, logger);
  }
  throw new RedisError(
    'data_dir_in_use',
    `${folder} is being taken by other processes: start only one monitor on it.`,
  );
}

async function refuseIfHeld(
  folder: string,
  lock: LockFile,
  namespace: string,
  beatMs: number,
): Promise<void> {
  const { owner } = lock.record;
  if (owner === null) return;
  const held = lock.record.namespace === namespace ? isRunning(owner) : await isBeating(folder, lock, beatMs);
  if (!held) return;
  const where = lock.record.namespace === namespace ? '' : ' on another host or in another container';
  throw new RedisError(
    'data_dir_in_use',
    `${folder} is in use by process ${owner.pid}${where}: stop that monitor, or give this one another dataDir.`,
  );
}

/** The process numbers of another container say nothing here, but a living owner renews its lock. */
async function isBeating(folder: string, lock: LockFile, beatMs: number): Promise<boolean> {
  await delay(beatMs * 2.5);
  const later = highestLock(folder);
  return later === null || later.number !== lock.number || later.record.beat !== lock.record.beat;
}

function holdLock(
  folder: string,
  lock: LockFile,
  previous: DataLock['previous'],
  beatMs: number,
  logger: Pick<Logger, 'warn'>,
): DataLock {
  let record: LockRecord = lock.record;
  const write = (change: Partial<LockRecord>): void => {
    record = { ...record, ...change };
    rewriteLock(folder, { number: lock.number, record });
  };
  let failing = false;
  const beat = setInterval(() => {
    try {
      write({ beat: record.beat + 1 });
      failing = false;
    } catch (error) {
      // Those on this host see our process all the same; a full disk must not end the monitor.
      if (!failing) logger.warn({ err: error }, 'the lock of the data folder could not be renewed');
      failing = true;
    }
  }, beatMs);
  beat.unref();
  return {
    previous,
    note: write,
    release: () => {
      clearInterval(beat);
      write({ owner: null, server: null, runtimeDirectory: null });
    },
  };
}
