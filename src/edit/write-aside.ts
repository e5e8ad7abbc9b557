import { type FileHandle, lstat, open, readFile, realpath, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorCode } from '../config/error-code.ts';

/** A new content of a file, written beside it and safe on the disk, but not in its place yet. */
export interface Aside {
  /** Puts it in place. False, and nothing is done, when the file no longer holds what it held. */
  replace(): Promise<boolean>;
  discard(): Promise<void>;
}

/**
 * Writes the content beside the file: in the same folder, since only there it can take the file's place in one step,
 * with the same mode and owner. Behind a symbolic link, the file that it leads to is meant. Whoever calls has the lock.
 */
export async function writeAside(file: string, content: Uint8Array, before: Uint8Array): Promise<Aside> {
  const target = await realpath(file);
  const path = join(dirname(target), `.${basename(target)}.new`);
  const discard = () => removeIfThere(path);
  // Somebody was killed while writing it.
  await discard();
  try {
    const handle = await open(path, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      await dressAs(handle, target);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    await discard();
    throw error;
  }
  return {
    replace: async () => {
      if (!Buffer.from(before).equals(await readFile(target))) return false;
      await rename(path, target);
      await syncFolder(dirname(target));
      return true;
    },
    discard,
  };
}

async function dressAs(handle: FileHandle, file: string): Promise<void> {
  const model = await lstat(file);
  const own = await handle.stat();
  if (own.uid !== model.uid || own.gid !== model.gid) await handle.chown(model.uid, model.gid);
  await handle.chmod(model.mode & 0o7777);
}

/** Without it, a name may be lost with the power. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function removeIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
