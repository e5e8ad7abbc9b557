import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeCertificate } from './certificate.ts';
import { exchanger, PATIENT_MS, requestOf, sendToken, serve, serveTcp, serveTls } from './servers.ts';

const AUTHORITY = makeCertificate({ subject: 'test authority, trusted by nobody', authority: true });
const DAY = 86_400_000;

describe('a gateway whose certificate nobody trusts', () => {
  it.each([
    ['signed by itself', 'DEPTH_ZERO_SELF_SIGNED_CERT', {}],
    ['signed by an unknown authority', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', { issuer: AUTHORITY }],
  ] as const)('because it is %s is a tls_error, and is sent nothing', async (_why, code, issuer) => {
    let asked = 0;
    const certificate = makeCertificate({ subject: 'localhost', dnsNames: ['localhost'], ...issuer });
    const { port } = await serveTls(certificate, (request, response) => {
      asked += 1;
      sendToken(request, response);
    });
    const outcome = await exchanger().exchange(`https://localhost:${port}`, requestOf(), PATIENT_MS);
    expect(outcome).toMatchObject({ kind: 'failure', verdict: 'tls_error', code });
    expect(asked).toBe(0);
  });
});

describe('a gateway that does not speak TLS', () => {
  it('but plain HTTP is a tls_error', async () => {
    const { port } = await serve(sendToken);
    const outcome = await exchanger().exchange(`https://127.0.0.1:${port}`, requestOf(), PATIENT_MS);
    expect(outcome).toMatchObject({
      verdict: 'tls_error',
      code: expect.stringMatching(/^ERR_SSL_|^EPROTO$/),
    });
  });

  it('and hangs up in the middle of the handshake is a network_error', async () => {
    const { port } = await serveTcp((socket) => socket.once('data', () => socket.destroy()));
    const outcome = await exchanger().exchange(`https://127.0.0.1:${port}`, requestOf(), PATIENT_MS);
    expect(outcome).toMatchObject({ verdict: 'network_error', code: 'ECONNRESET' });
  });

  it('is a network_error when it is asked in plain HTTP and speaks TLS', async () => {
    const { port } = await serveTls(makeCertificate({ subject: 'localhost' }), sendToken);
    const outcome = await exchanger().exchange(`http://127.0.0.1:${port}`, requestOf(), PATIENT_MS);
    expect(outcome).toMatchObject({ kind: 'failure', verdict: 'network_error' });
  });
});

/**
 * Which authorities Node trusts is fixed when a process starts, so these run in one that trusts the authority above:
 * only so can a certificate be wrong in one respect alone.
 */
describe('a gateway whose authority is trusted', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mcm-tls-'));
    await writeFile(join(folder, 'authority.pem'), AUTHORITY.cert);
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function askFromOutside(origin: string, env: Record<string, string> = {}): Promise<unknown> {
    const program = fileURLToPath(new URL('programs/exchange.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', program, origin], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem'), ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += String(chunk);
    });
    await once(child, 'close');
    return JSON.parse(text) as unknown;
  }

  it.each([
    ['good', {}, { kind: 'answer', status: 200 }],
    [
      'expired',
      { notAfter: new Date(Date.UTC(2021, 0, 1)) },
      { verdict: 'tls_error', code: 'CERT_HAS_EXPIRED' },
    ],
    [
      'not yet valid',
      { notBefore: new Date(Date.now() + 30 * DAY) },
      { verdict: 'tls_error', code: 'CERT_NOT_YET_VALID' },
    ],
    [
      'for another host',
      { dnsNames: ['api.services.example'] },
      { verdict: 'tls_error', code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    ],
  ])('and whose certificate is %s is told for what it is', async (_what, options, expected) => {
    const certificate = makeCertificate({
      subject: 'gateway',
      dnsNames: ['localhost'],
      issuer: AUTHORITY,
      ...options,
    });
    const { port } = await serveTls(certificate, sendToken);
    expect(await askFromOutside(`https://localhost:${port}`)).toMatchObject(expected);
  });

  it('is verified whatever the environment says', async () => {
    const { port } = await serveTls(
      makeCertificate({ subject: 'gateway', dnsNames: ['localhost'] }),
      sendToken,
    );
    const outcome = await askFromOutside(`https://localhost:${port}`, { NODE_TLS_REJECT_UNAUTHORIZED: '0' });
    expect(outcome).toMatchObject({ verdict: 'tls_error', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });
});
