import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { errorCode } from './error-code.ts';

/** A hundred thousand connections take some 20 MB. What is larger by far is no config, and reading it would use up memory. */
const MOST_MEBIBYTES = 256;

export const MISSING = 'does not exist';

/** The content of a regular file, or what is wrong with it. */
export async function readBytes(file: string): Promise<{ bytes: Uint8Array; mode: number } | string> {
  try {
    // Without O_NONBLOCK a named pipe would wait for a writer forever.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = await handle.stat();
      if (stats.isDirectory()) return 'is a directory; name a file in it, or a pattern such as folder/*.yaml';
      if (!stats.isFile()) return 'is not a regular file';
      if (stats.size > MOST_MEBIBYTES * 2 ** 20) {
        return `is larger than ${MOST_MEBIBYTES} MiB; split it into several included files`;
      }
      return { bytes: await handle.readFile(), mode: stats.mode };
    } finally {
      await handle.close();
    }
  } catch (error) {
    return reasonOf(error);
  }
}

export function reasonOf(error: unknown): string {
  const code = errorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return MISSING;
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user; change its owner or mode';
  if (code === 'ELOOP') return 'is a symbolic link that leads in a circle; let it lead to a file';
  return `cannot be read (${code})`;
}
