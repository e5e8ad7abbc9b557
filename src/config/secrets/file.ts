import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { errorCode } from '../error-code.ts';
import { cleanSecret, decodeSecret, LONGEST_BYTES, type ResolvedSecret } from './clean.ts';
import { SecretError } from './secret-error.ts';

/** Whoever writes a secret is done in no time; a file that changes for longer is a log, or is written in a loop. */
const MOST_TRIES = 5;
const PAUSE_MS = 20;

/**
 * Reads a secret from a file, anew each time: rotated files are noticed without a restart. What changes while it is read
 * is read again, and so is an empty file: a shell empties a file before it writes to it.
 */
export async function resolveFile(path: string): Promise<ResolvedSecret> {
  const source = `file ${path}`;
  for (let tries = 1; ; tries += 1) {
    const bytes = await readWhole(path, source);
    const last = tries === MOST_TRIES;
    if (bytes !== null && (bytes.length > 0 || last)) return cleanSecret(decodeSecret(bytes, source), source);
    if (last) {
      throw new SecretError(
        'file_changing',
        `${source} changes while it is read; write it aside and rename it, so that it changes at once`,
      );
    }
    await pause(PAUSE_MS);
  }
}

/**
 * What tells one content of a file from another without reading it, links followed: a whole number from 0 on, which a
 * `number` holds exactly. Null where there is none.
 */
export async function stampOf(path: string): Promise<number | null> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return mixed([dev, ino, size, mtimeNs, ctimeNs]);
  } catch {
    // Whoever reads the file is told what is wrong with it.
    return null;
  }
}

/** 2^64 divided by the golden ratio: multiplying by it spreads the last bits of a time over all of the number. */
const SPREAD = 0x9e3779b97f4a7c15n;
const BITS = 64;
const EXACT_BITS = 53;

/** One number for several. That two rows of them give the same is as likely as to guess a number of 53 bits. */
function mixed(parts: readonly bigint[]): number {
  let mix = 0n;
  for (const part of parts) {
    const folded = mix ^ (mix >> 32n) ^ part;
    mix = BigInt.asUintN(BITS, folded * SPREAD);
  }
  return Number(mix >> BigInt(BITS - EXACT_BITS));
}

/** The content as it was at one moment; null when it changed meanwhile. */
async function readWhole(path: string, source: string): Promise<Uint8Array | null> {
  const handle = await openFile(path, source);
  try {
    const before = await handle.stat({ bigint: true });
    if (!before.isFile()) {
      const kind = before.isDirectory()
        ? 'a directory; name the file in it, or end the path of a connection with / for a file for each'
        : 'not a regular file; name one';
      throw new SecretError('file_not_regular', `${source} is ${kind}`);
    }
    const bytes = await readBytes(handle);
    const after = await handle.stat({ bigint: true });
    // The time of the inode itself also changes when another file takes the name, which leaves this one whole.
    if (before.mtimeNs !== after.mtimeNs || before.size !== after.size) return null;
    if (bytes.length > LONGEST_BYTES) {
      throw new SecretError('too_long', `${source} is longer than 64 KiB; is it the right file?`);
    }
    return bytes;
  } catch (error) {
    if (error instanceof SecretError) throw error;
    throw new SecretError('file_unreadable', `${source} cannot be read (${errorCode(error)})`);
  } finally {
    await handle.close();
  }
}

/** Room for nearly every secret; a large fleet reads thousands of files in a moment. */
const FIRST_BYTES = 1_024;

/** One byte more than allowed tells a file that is too long, whatever `size` says of it. */
async function readBytes(handle: FileHandle): Promise<Uint8Array> {
  let buffer = new Uint8Array(FIRST_BYTES);
  let length = 0;
  for (;;) {
    if (length > LONGEST_BYTES) return buffer;
    if (length === buffer.length) {
      const larger = new Uint8Array(Math.min(4 * length, LONGEST_BYTES + 1));
      larger.set(buffer);
      buffer = larger;
    }
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
    if (bytesRead === 0) return buffer.subarray(0, length);
    length += bytesRead;
  }
}

async function openFile(path: string, source: string): Promise<FileHandle> {
  try {
    return await openNow(path);
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

/**
 * Kubernetes changes a mounted secret by turning a link from one folder to another and removing the first: who has
 * followed the link already finds nothing there, and follows it again.
 */
async function openNow(path: string): Promise<FileHandle> {
  // Without O_NONBLOCK a named pipe would wait for a writer forever.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  try {
    return await open(path, flags);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    return await open(path, flags);
  }
}
