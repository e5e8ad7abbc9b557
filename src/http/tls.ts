import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { errorCode, HttpError } from './http-error.ts';

export interface TlsFiles {
  readonly certPath: string;
  readonly keyPath: string;
}

export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly minVersion: 'TLSv1.2';
}

/** What is wrong with certificate and key, and at which key below `http.tls` where it is one of them. */
export interface TlsMistake {
  readonly option: 'cert' | 'key' | null;
  readonly message: string;
}

/** Reads and tries certificate and key. Throws HttpError `tls_unusable`. */
export function readTls(files: TlsFiles): TlsMaterial {
  const found = tryTls(files);
  if (!('mistakes' in found)) return found;
  const [first] = found.mistakes;
  const name = first?.option ? `http.tls.${first.option}` : 'http.tls';
  throw new HttpError('tls_unusable', `${name}: ${first?.message}`);
}

/** Certificate and key, or everything that is wrong with them. */
export function tryTls({
  certPath,
  keyPath,
}: TlsFiles): TlsMaterial | { readonly mistakes: readonly TlsMistake[] } {
  const cert = readPem('cert', certPath);
  const key = readPem('key', keyPath);
  if (!Buffer.isBuffer(cert) || !Buffer.isBuffer(key)) {
    return { mistakes: [cert, key].flatMap((read) => (Buffer.isBuffer(read) ? [] : [read])) };
  }
  try {
    createSecureContext({ cert, key });
  } catch {
    // OpenSSL's own words may quote the file, and say less.
    const message = `${certPath} and ${keyPath} must be a PEM certificate and its PEM key without a passphrase`;
    return { mistakes: [{ option: null, message }] };
  }
  return { cert, key, minVersion: 'TLSv1.2' };
}

function readPem(option: 'cert' | 'key', path: string): Buffer | TlsMistake {
  try {
    return readFileSync(path);
  } catch (error) {
    return { option, message: `${path} can't be read (${errorCode(error)})` };
  }
}
