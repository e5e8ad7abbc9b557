import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { errorCode } from './error-code.ts';

const BLOCK =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]*-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;

/** What is wrong with a file that must hold PEM certificates, or null. */
export async function certificatesMistake(path: string): Promise<string | null> {
  let text: string;
  try {
    text = await readFile(path, 'latin1');
  } catch (error) {
    return `${path} ${reasonOf(errorCode(error))}`;
  }
  const blocks = text.match(BLOCK) ?? [];
  if (blocks.length === 0) {
    return `${path} holds no PEM certificate; name a file with -----BEGIN CERTIFICATE----- in it`;
  }
  const broken = blocks.findIndex((block) => !isCertificate(block));
  return broken < 0
    ? null
    : `${path} holds a certificate that can't be read (number ${broken + 1}); copy it again`;
}

function isCertificate(block: string): boolean {
  try {
    return new X509Certificate(block).subject !== undefined;
  } catch {
    return false;
  }
}

function reasonOf(code: string): string {
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist; create it or correct the path';
  if (code === 'EISDIR') return 'is a directory; name the file in it';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user; change its owner or mode';
  return `cannot be read (${code})`;
}
