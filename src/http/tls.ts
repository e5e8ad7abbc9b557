import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { errorCode, HttpError } from './http-error.ts';

export interface TlsFiles {
  readonly certPath: string;
  readonly keyPath: string;
}

/** Reads and tries certificate and key. Throws HttpError `tls_unusable`. */
export function readTls({ certPath, keyPath }: TlsFiles): {
  cert: Buffer;
  key: Buffer;
  minVersion: 'TLSv1.2';
} {
  const cert = readPem('http.tls.cert', certPath);
  const key = readPem('http.tls.key', keyPath);
  try {
    createSecureContext({ cert, key });
  } catch {
    // OpenSSL's own words may quote the file, and say less.
    throw new HttpError(
      'tls_unusable',
      `http.tls: ${certPath} and ${keyPath} must be a PEM certificate and its PEM key without a passphrase`,
    );
  }
  return { cert, key, minVersion: 'TLSv1.2' };
}

function readPem(name: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new HttpError('tls_unusable', `${name}: ${path} can't be read (${errorCode(error)})`);
  }
}
