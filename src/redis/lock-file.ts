import { linkSync, readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from '../process/process-identity.ts';

/** What the owner of a data folder leaves for whoever comes after it. */
export interface LockRecord {
  /** Null once the owner has given the folder back. */
  readonly owner: ProcessIdentity | null;
  /** Where the owner's process number counts, see `processNamespace`. */
  readonly namespace: string;
  /** Goes up while the owner lives, for those who can't see its process. */
  readonly beat: number;
  readonly runtimeDirectory: string | null;
  readonly server: ProcessIdentity | null;
}

export interface LockFile {
  readonly number: number;
  readonly record: LockRecord;
}

/**
 * Locks are numbered files, `lock.1`, `lock.2` and so on, and the highest one counts. A dead owner's lock is taken
 * over by creating the next number, which only one process can do. A file is deleted only when a higher one exists,
 * so the highest number never goes down and nobody can be fooled by what it read a moment ago.
 */
export function highestLock(folder: string): LockFile | null {
  for (;;) {
    const number = Math.max(0, ...lockNumbers(folder));
    if (number === 0) return null;
    const text = readIfThere(lockPath(folder, number));
    // It went because a higher one exists by now: look again.
    if (text !== null) return { number, record: parseRecord(text) };
  }
}

/** False when the number is taken. The file appears whole or not at all. */
export function createLock(folder: string, lock: LockFile): boolean {
  const draft = writeDraft(folder, lock);
  try {
    linkSync(draft, lockPath(folder, lock.number));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

/** Only for the owner. */
export function rewriteLock(folder: string, lock: LockFile): void {
  renameSync(writeDraft(folder, lock), lockPath(folder, lock.number));
}

export function deleteLock(folder: string, number: number): void {
  try {
    unlinkSync(lockPath(folder, number));
  } catch (error) {
    // Several newcomers may tidy up at once.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

export function deleteLocksBelow(folder: string, number: number): void {
  for (const lower of lockNumbers(folder)) if (lower < number) deleteLock(folder, lower);
}

function lockPath(folder: string, number: number): string {
  return join(folder, `lock.${number}`);
}

function lockNumbers(folder: string): number[] {
  return readdirSync(folder).flatMap((name) => {
    const digits = /^lock\.([1-9]\d{0,14})$/.exec(name)?.[1];
    return digits === undefined ? [] : [Number(digits)];
  });
}

function writeDraft(folder: string, lock: LockFile): string {
  const draft = join(folder, `lock-draft.${process.pid}.${lock.number}`);
  writeFileSync(draft, `${JSON.stringify(lock.record)}\n`, { mode: 0o600, flush: true });
  return draft;
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** A lock that can't be understood was torn by a crash of the whole machine, so nobody who wrote it still lives. */
function parseRecord(text: string): LockRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  const fields: Readonly<Record<string, unknown>> = isObject(value) ? value : {};
  return {
    owner: parseIdentity(fields.owner),
    namespace: typeof fields.namespace === 'string' ? fields.namespace : '',
    beat: typeof fields.beat === 'number' ? fields.beat : 0,
    runtimeDirectory: typeof fields.runtimeDirectory === 'string' ? fields.runtimeDirectory : null,
    server: parseIdentity(fields.server),
  };
}

function parseIdentity(value: unknown): ProcessIdentity | null {
  if (!isObject(value)) return null;
  const { pid, startTime } = value;
  return typeof pid === 'number' && typeof startTime === 'string' ? { pid, startTime } : null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
