import { createHash } from 'node:crypto';
import { readdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { errorCode } from '../config/error-code.ts';
import { identifyProcess, isRunning, processNamespace } from '../process/process-identity.ts';
import { EditError } from './edit-error.ts';

/** Some 30 s: an import of thousands writes as many secrets while it has the lock. */
const ROUNDS = 600;
const ROUND_MS = 50;
/** A process of another host or container can't be seen; no edit takes this long. */
const ABANDONED_MS = 120_000;

/** What a lock file says of the process that wrote it. */
interface Owner {
  readonly pid: number;
  readonly startTime: string;
  readonly namespace: string;
}

/**
 * Lets only one process at a time change a file. Every process has a lock file of its own name beside it,
 * `.tenants.yaml.lock.<hash>`, and holds the lock when, after writing it, it finds nobody else's: of two that write at
 * once, at least one sees the other, and whoever sees another steps back. A dead owner's file is therefore simply
 * deleted: its name never comes again, so that nobody can delete a living one's by mistake.
 *
 * @throws EditError `busy`, and whatever the file system has against it
 */
export async function withLock<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  const self = identifyProcess(process.pid);
  if (self === null) throw new Error('This process could not be identified (is /proc mounted?).');
  const owner: Owner = { ...self, namespace: processNamespace() };
  const own = lockPath(file, owner);
  for (let round = 0; round < ROUNDS; round += 1) {
    if ((await livingOther(file, own, owner, null)) === null && (await create(own, owner))) {
      const { mtimeMs } = await stat(own);
      if ((await livingOther(file, own, owner, mtimeMs)) === null) return await finish(own, work);
      await remove(own);
    }
    // Those who stepped back from one another must not meet again in the same instant.
    await delay(ROUND_MS / 2 + ((process.pid * (round + 1) * 7) % ROUND_MS));
  }
  const other = await livingOther(file, own, owner, null);
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

function lockPath(file: string, owner: Owner): string {
  const name = createHash('sha256').update(JSON.stringify(owner)).digest('hex').slice(0, 12);
  return join(dirname(file), `${prefixOf(file)}${name}`);
}

function prefixOf(file: string): string {
  return `.${basename(file)}.lock.`;
}

/** False when this very process has it already. */
async function create(path: string, owner: Owner): Promise<boolean> {
  try {
    await writeFile(path, `${JSON.stringify(owner)}\n`, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    await remove(path);
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
  const names = (await readdir(folder)).filter((name) => name.startsWith(prefixOf(file)));
  for (const path of names.map((name) => join(folder, name))) {
    if (path === own) continue;
    const owner = await readOwner(path);
    if (owner === null) continue;
    if (owner !== 'unknown' && owner.namespace === self.namespace) {
      if (isRunning(owner)) return owner;
      await remove(path);
    } else if (now !== null) {
      if (now - (await stat(path).catch(() => ({ mtimeMs: now }))).mtimeMs < ABANDONED_MS) return owner;
      await remove(path);
    }
  }
  return null;
}

/** Null when it is gone; unknown when it is not written yet, or was torn by a crash of the whole machine. */
async function readOwner(path: string): Promise<Owner | 'unknown' | null> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof value !== 'object' || value === null) return 'unknown';
    const { pid, startTime, namespace } = value as Readonly<Record<string, unknown>>;
    return typeof pid === 'number' && typeof startTime === 'string' && typeof namespace === 'string'
      ? { pid, startTime, namespace }
      : 'unknown';
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? null : 'unknown';
  }
}

async function remove(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    // Several may tidy up at once.
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
