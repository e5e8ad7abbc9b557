import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { Agent, request } from 'undici';
import { HttpError } from '../../src/http/http-error.ts';
import { tryListen } from '../../src/http/listen.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { connectionOf, recordOf } from '../helpers/fleet.ts';
import { memoryPorts } from '../helpers/http-ports.ts';
import { ask, serve } from './server-under-test.ts';

const acme = connectionOf('acme');
const ports = memoryPorts({ entries: [[acme, recordOf()]] });
const PROBLEM = 'application/problem+json; charset=utf-8';

const tls = {
  certPath: fileURLToPath(new URL('fixtures/localhost-test-only.cert.pem', import.meta.url)),
  keyPath: fileURLToPath(new URL('fixtures/localhost-test-only.key.pem', import.meta.url)),
};

/** Collects what a server logs. */
function logTo(lines: string[]) {
  return pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
}

describe('an error', () => {
  it.each([
    ['GET', '/nothing', 404, 'Not Found'],
    ['GET', '/api/v1/nothing', 404, 'Not Found'],
    ['GET', '/%ff', 400, 'Bad Request'],
    ['GET', `/api/v1/connections/${'a'.repeat(500)}`, 414, 'URI Too Long'],
    ['DELETE', '/api/v1/connections', 405, 'Method Not Allowed'],
    ['GET', '/api/v1/reload', 405, 'Method Not Allowed'],
    ['OPTIONS', '/metrics', 405, 'Method Not Allowed'],
  ] as const)('%s %s is a problem document with status %i', async (method, path, status, title) => {
    const answer = await ask(await serve(ports), path, { method });
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe(PROBLEM);
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    expect(answer.json()).toEqual({ type: 'about:blank', title, status, detail: expect.any(String) });
  });

  it('405 names the methods that would do', async () => {
    const server = await serve(ports);
    expect((await ask(server, '/api/v1/connections', { method: 'PUT', body: 'x' })).headers['allow']).toBe(
      'GET, HEAD',
    );
    expect((await ask(server, '/api/v1/reload')).headers['allow']).toBe('POST');
  });

  it.each([
    ['too large', 413, 'application/json', `"${'x'.repeat(70_000)}"`],
    ['a form', 415, 'application/x-www-form-urlencoded', 'allowRemovals=true'],
    ['plain text', 415, 'text/plain', '{"allowRemovals":true}'],
  ])('a body that is %s is refused with %i', async (_, status, type, body) => {
    const headers = { 'content-type': type };
    const answer = await ask(await serve(ports), '/api/v1/reload', { method: 'POST', headers, body });
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe(PROBLEM);
  });

  it('of the monitor itself shows no cause to the client, and the cause to the log', async () => {
    const lines: string[] = [];
    const reload = () => Promise.reject(new Error('a fault inside'));
    const server = await serve({ ...ports, reload }, { logger: logTo(lines) });
    const answer = await ask(server, '/api/v1/reload', { method: 'POST' });
    expect(answer.status).toBe(500);
    expect(answer.text).not.toMatch(/fault|at |\.ts/);
    expect(lines).toEqual([expect.stringContaining('a fault inside')]);
  });

  it('of Redis is a 503 that says so', async () => {
    const readSummaries = () => Promise.reject(new Error('Connection is closed.'));
    const server = await serve({ ...ports, records: { ...ports.records, readSummaries } });
    for (const path of ['/', '/api/v1/connections']) {
      const answer = await ask(server, path);
      expect(answer.status).toBe(503);
      expect(answer.json()).toMatchObject({ status: 503, detail: expect.stringContaining('Redis') });
    }
  });

  it.each([
    ['that is not HTTP', 'nonsense\r\n\r\n', '400'],
    ['with headers beyond 16 KiB', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, '431'],
  ])('a request %s is answered and hung up on', async (_, text, status) => {
    const { port } = await serve(ports);
    const socket = connect({ host: '127.0.0.1', port });
    socket.write(text);
    let answer = '';
    for await (const piece of socket) answer += String(piece);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain(`content-type: ${PROBLEM}`);
  });
});

describe('/healthz and /readyz', () => {
  it('say that the process lives and is ready', async () => {
    const server = await serve(ports);
    expect((await ask(server, '/healthz')).json()).toEqual({ status: 'ok' });
    expect((await ask(server, '/readyz')).json()).toEqual({ status: 'ready' });
  });

  it('/readyz says what is missing', async () => {
    const readiness = async () => ({ redis: false, config: true, schedules: false });
    const answer = await ask(await serve({ ...ports, readiness }), '/readyz');
    expect(answer.status).toBe(503);
    expect(answer.json()).toMatchObject({ missing: ['redis', 'schedules'] });
  });

  it('/readyz takes a failure to ask Redis for its absence', async () => {
    const readiness = () => Promise.reject(new Error('Connection is closed.'));
    const answer = await ask(await serve({ ...ports, readiness }), '/readyz');
    expect(answer.json()).toMatchObject({ status: 503, missing: ['redis'] });
  });
});

describe('a worker', () => {
  it('serves its process series and probes only', async () => {
    const server = await serve(ports, { role: 'worker' });
    for (const path of ['/metrics', '/healthz', '/readyz'])
      expect((await ask(server, path)).status).toBe(200);
    for (const path of ['/', '/api/v1/connections', '/api/v1/incidents']) {
      expect((await ask(server, path)).status).toBe(404);
    }
  });
});

describe('listening', () => {
  const options = {
    listen: { host: '127.0.0.1', port: 0 },
    token: null,
    allowUnauthenticated: false,
    tls: null,
    logger: pino({ level: 'silent' }),
    role: 'all',
    ports,
  } as const;

  it('on a port in use is refused with what to do', async () => {
    const { port } = await serve(ports);
    const refused = createHttpServer({ ...options, listen: { host: '127.0.0.1', port } });
    await expect(refused).rejects.toMatchObject({
      code: 'address_in_use',
      message: `127.0.0.1:${port} is already in use: stop what listens there, or choose another address with --listen or http.listen`,
    });
  });

  it('on an address of another machine is refused', async () => {
    const listen = { host: '192.0.2.1', port: 0 };
    const refused = createHttpServer({ ...options, listen, allowUnauthenticated: true });
    await expect(refused).rejects.toMatchObject({ code: 'address_unknown' });
  });

  it('beyond loopback without a token is refused unless that is meant', async () => {
    const listen = { host: '0.0.0.0', port: 0 };
    await expect(createHttpServer({ ...options, listen })).rejects.toMatchObject({ code: 'unauthenticated' });
    const open = await createHttpServer({ ...options, listen, allowUnauthenticated: true });
    expect(open.url).toBe(`http://127.0.0.1:${open.port}`);
    await open.close();
  });

  it('is tried beforehand with the same answers, and leaves the address free', async () => {
    const attempt = { hasToken: false, allowUnauthenticated: false };
    const first = await createHttpServer(options);
    const { port } = first;
    const at = (host: string, more = {}) => tryListen({ ...attempt, listen: { host, port }, ...more });
    await expect(at('127.0.0.1')).rejects.toMatchObject({ code: 'address_in_use' });
    await expect(at('192.0.2.1', { hasToken: true })).rejects.toMatchObject({ code: 'address_unknown' });
    await expect(at('0.0.0.0')).rejects.toMatchObject({ code: 'unauthenticated' });
    await first.close();

    await at('127.0.0.1');
    const second = await createHttpServer({ ...options, listen: { host: '127.0.0.1', port } });
    expect(second.port).toBe(port);
    await second.close();
  });

  it('with TLS works with a certificate and its key', async () => {
    const server = await serve(ports, { tls });
    expect(server.url).toMatch(/^https:/);
    const agent = new Agent({ connect: { ca: readFileSync(tls.certPath) } });
    const answer = await request(`${server.url}/healthz`, { dispatcher: agent });
    expect(await answer.body.json()).toEqual({ status: 'ok' });
    expect(answer.headers['strict-transport-security']).toBe('max-age=86400');
    await agent.close();
  });

  it('without TLS binds no browser to it', async () => {
    expect((await ask(await serve(ports), '/healthz')).headers).not.toHaveProperty(
      'strict-transport-security',
    );
  });

  it.each([
    ['TLSv1.1', null],
    ['TLSv1.2', 'TLSv1.2'],
    ['TLSv1.3', 'TLSv1.3'],
  ] as const)('with TLS is spoken to in %s or not at all: %s', async (version, spoken) => {
    const { port } = await serve(ports, { tls });
    const socket = connectTls({
      host: '127.0.0.1',
      servername: 'localhost',
      port,
      ca: readFileSync(tls.certPath),
      minVersion: version,
      maxVersion: version,
      // Without this the client itself would refuse what is old.
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    const protocol = await once(socket, 'secureConnect').then(
      () => socket.getProtocol(),
      (error: Error & { readonly code?: string }) => {
        expect(error.code).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
        return null;
      },
    );
    expect(protocol).toBe(spoken);
    socket.destroy();
  });

  it('with TLS files that are missing or are none is refused', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mcm-http-'));
    const missing = { ...tls, keyPath: join(folder, 'key.pem') };
    const swapped = { certPath: tls.keyPath, keyPath: tls.certPath };
    await expect(createHttpServer({ ...options, tls: missing })).rejects.toThrow(
      /^http\.tls\.key: .*\(ENOENT\)$/,
    );
    await expect(createHttpServer({ ...options, tls: swapped })).rejects.toThrow(HttpError);
    await rm(folder, { recursive: true });
  });
});
