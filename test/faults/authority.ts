import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsOptions } from 'node:tls';
import type { Cleanup } from '../e2e/world.ts';
import { type CertificateOptions, makeCertificate } from '../mimecast/certificate.ts';

const AUTHORITY = makeCertificate({ subject: 'test authority, trusted by nobody', authority: true });

/** A file for NODE_EXTRA_CA_CERTS. */
export async function authorityFile(cleanup: Cleanup): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mcm-test-'));
  cleanup.add(folder, (it) => rm(it, { recursive: true, force: true }));
  const file = join(folder, 'authority.pem');
  await writeFile(file, AUTHORITY.cert);
  return file;
}

/** What a server presents whose certificate this authority has issued; it speaks TLS as it is spoken today. */
export function issue(options: Partial<CertificateOptions>): TlsOptions {
  const issued = makeCertificate({ subject: 'gateway', issuer: AUTHORITY, ...options });
  return present(issued);
}

export function selfSigned(options: Partial<CertificateOptions>): TlsOptions {
  return present(makeCertificate({ subject: 'gateway', ...options }));
}

/** With the versions, since a server that is told of none keeps those it had. */
function present({ cert, key }: { readonly cert: string; readonly key: string }): TlsOptions {
  return { cert, key, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' };
}
