import { createHash } from 'node:crypto';
import { readdir, stat, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { errorCode } from '../config/error-code.ts';
import { identifyProcess, processNamespace } from '../process/process-identity.ts';
import { EditError } from './edit-error.ts';

/** Some 30 s: an import of thousands writes as many secrets while it has the lock. */
const ROUNDS = 600;
const ROUND_MS = 50;
/** A process of another host or container can't be seen; no edit takes this long. */
const ABANDONED_MS = 120_000;

/** What the name of a lock file says of its process. */
interface Owner {
  readonly pid: number;
  /** When it was started. */
  readonly start: string;
  /** Where its number means something: one host, one container. */
  readonly namespace: string;
}

/**
 * Lets only one process at a time change a file. Every process has a lock file of its own name beside it,
 * `.tenants.yaml.lock.<process>`, and holds the lock when, after writing it, it finds nobody else's: of two that write at
 * once, at least one sees the other, and whoever sees another steps back. A dead owner's file is therefore simply
 * deleted: its name never comes again, so that nobody can delete a living one's by mistake. Who it is stands in the name and
 * not in the file, since a process may be killed between making a file and writing to it.
 *
 * @throws EditError `busy`, and whatever the file system has against it
 */
export async function withLock<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  const self = ownerOf(process.pid);
  if (self === null) throw new Error('This process could not be identified (is /proc mounted?).');
  const own = join(dirname(file), `${prefixOf(file)}${nameOf(self)}`);
  for (let round = 0; round < ROUNDS; round += 1) {
    if ((await livingOther(file, own, self, null)) === null && (await create(own))) {
      const { mtimeMs } = await stat(own);
      if ((await livingOther(file, own, self, mtimeMs)) === null) return await finish(own, work);
      await remove(own);
    }
    // Those who stepped back from one another must not meet again in the same instant.
    await delay(ROUND_MS / 2 + ((process.pid * (round + 1) * 7) % ROUND_MS));
  }
  const other = await livingOther(file, own, self, null);
  const who = other === null || other === 'unknown' ? 'another process' : `process ${other.pid}`;
  throw new EditError('busy', [`${file} is being changed by ${who}; try again when that is done`]);
}

async function finish<Result>(own: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } finally {
    await remove(own);
  }
}

/** Null when no such process runs. */
function ownerOf(pid: number): Owner | null {
  const found = identifyProcess(pid);
  return found && { pid, start: hash(found.startTime), namespace: hash(processNamespace()) };
}

function nameOf({ pid, start, namespace }: Owner): string {
  return `${pid}-${start}-${namespace}`;
}

function readName(name: string): Owner | null {
  const [, pid, start, namespace] = /^(\d+)-([0-9a-f]{12})-([0-9a-f]{12})$/.exec(name) ?? [];
  if (pid === undefined || start === undefined || namespace === undefined) return null;
  return { pid: Number(pid), start, namespace };
}

/** As a part of a name; only equality has a meaning. */
function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

function prefixOf(file: string): string {
  return `.${basename(file)}.lock.`;
}

/** False when this very process has it already. */
async function create(path: string): Promise<boolean> {
  try {
    await writeFile(path, '', { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Another's lock that may be alive, if there is one; those of the dead are deleted. `now` is the file system's time. */
async function livingOther(
  file: string,
  own: string,
  self: Owner,
  now: number | null,
): Promise<Owner | 'unknown' | null> {
  const folder = dirname(file);
  const prefix = prefixOf(file);
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (!name.startsWith(prefix) || path === own) continue;
    const owner = readName(name.slice(prefix.length));
    if (owner?.namespace === self.namespace) {
      if (ownerOf(owner.pid)?.start === owner.start) return owner;
      await remove(path);
    } else if (now !== null) {
      if (now - (await stat(path).catch(() => ({ mtimeMs: now }))).mtimeMs < ABANDONED_MS)
        return owner ?? 'unknown';
      await remove(path);
    }
  }
  return null;
}

async function remove(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    // Several may tidy up at once.
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
