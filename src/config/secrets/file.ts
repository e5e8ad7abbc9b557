import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { errorCode } from '../error-code.ts';
import { cleanSecret, decodeSecret, LONGEST_BYTES, type ResolvedSecret } from './clean.ts';
import { SecretError } from './secret-error.ts';

/** Reads a secret from a file, anew each time: rotated files are noticed without a restart. */
export async function resolveFile(path: string): Promise<ResolvedSecret> {
  const source = `file ${path}`;
  const handle = await openFile(path, source);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) {
      const kind = stats.isDirectory()
        ? 'a directory; name the file in it, or end the path of a connection with / for a file for each'
        : 'not a regular file; name one';
      throw new SecretError('file_not_regular', `${source} is ${kind}`);
    }
    // One byte more than allowed tells a file that is too long, whatever `size` says of it.
    const buffer = new Uint8Array(LONGEST_BYTES + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    if (bytesRead > LONGEST_BYTES) {
      throw new SecretError('too_long', `${source} is longer than 64 KiB; is it the right file?`);
    }
    return cleanSecret(decodeSecret(buffer.subarray(0, bytesRead), source), source);
  } catch (error) {
    if (error instanceof SecretError) throw error;
    throw new SecretError('file_unreadable', `${source} cannot be read (${errorCode(error)})`);
  } finally {
    await handle.close();
  }
}

async function openFile(path: string, source: string): Promise<FileHandle> {
  try {
    // Without O_NONBLOCK a named pipe would wait for a writer forever.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new SecretError('file_missing', `${source} does not exist; create it or correct the path`);
    }
    if (code === 'EACCES' || code === 'EPERM') {
      throw new SecretError(
        'file_unreadable',
        `${source} may not be read by this user; change its owner or mode`,
      );
    }
    throw new SecretError('file_unreadable', `${source} cannot be read (${code})`);
  }
}
