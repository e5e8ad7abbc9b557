import type { Stats } from 'node:fs';
import { chown, link, mkdir, open, readdir, rename, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../config/error-code.ts';
import type { Secret } from '../domain/secret.ts';
import { giveTo, removeIfThere, syncFolder } from './write-aside.ts';

export interface PutSecrets {
  /** Restores what was there before. */
  undo(): Promise<void>;
  /** Forgets what was there before. */
  settle(): Promise<void>;
}

/** So many files are written at a time: each waits for the disk. */
const AT_ONCE = 16;

/**
 * Puts secrets into files of `folder`, named by the ids, which only the owner of the folder may read: whoever runs the
 * monitor owns it, be the files made by the superuser. Each appears whole or not at all; when one can't be written,
 * none is left. A folder that is not there is made, and belongs to the owner of `config`. What a killed process has left
 * there of `known` connections goes: it may hold secrets that were replaced. Whoever calls has the lock.
 */
export async function putSecrets(
  folder: string,
  config: string,
  secrets: ReadonlyMap<string, Secret>,
  known: readonly string[],
): Promise<PutSecrets> {
  if (secrets.size === 0) return { undo: async () => {}, settle: async () => {} };
  const made = await makeFolder(folder, config);
  if (!made) await sweep(folder, new Set(known));
  const put: { readonly path: string; readonly old: string | null }[] = [];
  const undo = async () => {
    for (const { path, old } of put) await (old === null ? removeIfThere(path) : rename(old, path));
    // Whatever else is in it by now keeps it.
    if (made) await rmdir(folder).catch(() => undefined);
  };
  const rest = secrets.entries();
  const owner = await stat(folder);
  const hands = Array.from({ length: AT_ONCE }, async () => {
    for (const [id, secret] of rest) put.push(await putOne({ folder, owner, id }, secret));
  });
  const failed = (await Promise.allSettled(hands)).find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await undo();
    throw failed.reason;
  }
  await syncFolder(folder);
  return {
    undo,
    settle: async () => {
      for (const { old } of put) if (old !== null) await removeIfThere(old);
    },
  };
}

async function sweep(folder: string, known: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(folder)) {
    const id = /^\.(.+)\.(?:old|new)$/.exec(name)?.[1];
    if (id !== undefined && known.has(id)) await removeIfThere(join(folder, name));
  }
}

async function makeFolder(folder: string, config: string): Promise<boolean> {
  if ((await mkdir(folder, { recursive: true, mode: 0o700 })) === undefined) return false;
  try {
    const { uid, gid } = await stat(config);
    const own = await stat(folder);
    if (own.uid !== uid) await chown(folder, uid, gid);
    return true;
  } catch (error) {
    await rmdir(folder);
    throw error;
  }
}

interface SecretPlace {
  readonly folder: string;
  readonly owner: Pick<Stats, 'uid' | 'gid'>;
  readonly id: string;
}

async function putOne(
  { folder, owner, id }: SecretPlace,
  secret: Secret,
): Promise<{ path: string; old: string | null }> {
  const path = join(folder, id);
  const fresh = join(folder, `.${id}.new`);
  await removeIfThere(fresh);
  try {
    const handle = await open(fresh, 'wx', 0o600);
    try {
      await handle.writeFile(secret.reveal());
      await giveTo(handle, owner);
      await handle.sync();
    } finally {
      await handle.close();
    }
    const old = await keepOld(path, join(folder, `.${id}.old`));
    await rename(fresh, path);
    return { path, old };
  } catch (error) {
    await removeIfThere(fresh);
    throw error;
  }
}

/** A second name for what is there, so that the first one is never missing; null when nothing is. */
async function keepOld(path: string, old: string): Promise<string | null> {
  await removeIfThere(old);
  try {
    await link(path, old);
    return old;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Gives those that could not be deleted. Those that are gone already are as wanted. */
export async function deleteSecretFiles(files: readonly string[]): Promise<readonly string[]> {
  const left: string[] = [];
  for (const file of files) {
    await removeIfThere(file).catch((error: unknown) => left.push(`${file} (${errorCode(error)})`));
  }
  return left;
}
