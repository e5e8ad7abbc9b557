import { describe, expect, it } from '@jest/globals';
import { Secret } from '../../src/domain/secret.ts';
import { connectionOf, recordOf } from '../helpers/fleet.ts';
import { memoryPorts } from '../helpers/http-ports.ts';
import { ask, serve } from './server-under-test.ts';

const ports = memoryPorts({ entries: [[connectionOf('acme'), recordOf()]] });
const token = new Secret('s3cret: ü');

function basic(text: string): string {
  return `Basic ${Buffer.from(text).toString('base64')}`;
}

describe('with a token', () => {
  it.each(['/metrics', '/', '/api/v1/connections', '/api/v1/incidents', '/nothing'])(
    '%s asks for it, and names no part of the fleet',
    async (path) => {
      const answer = await ask(await serve(ports, { token }), path);
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toEqual([
        'Bearer realm="mimecast-monitor"',
        expect.stringContaining('Basic realm='),
      ]);
      expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
      expect(answer.text).not.toContain('acme');
    },
  );

  it.each(['/healthz', '/readyz', '/readyz?verbose'])('%s needs none', async (path) => {
    expect((await ask(await serve(ports, { token }), path)).status).toBe(200);
  });

  it.each([
    ['the password of Basic', basic('anybody:s3cret: ü'), 200],
    ['the password of Basic without a name', basic(':s3cret: ü'), 200],
    ['a wrong password', basic('s3cret: ü:'), 401],
    ['Basic without a colon', basic('s3cret'), 401],
    ['Basic that is no base64', 'Basic %%%', 401],
    ['a wrong Bearer', 'Bearer s3cre', 401],
    ['an empty Bearer', 'Bearer ', 401],
    ['another scheme', 'Digest s3cret', 401],
  ])('%s gives what it should', async (_, authorization, status) => {
    const answer = await ask(await serve(ports, { token }), '/metrics', { headers: { authorization } });
    expect(answer.status).toBe(status);
  });

  it('takes it as a Bearer token', async () => {
    const server = await serve(ports, { token: new Secret('abc.DEF-123') });
    const headers = { authorization: 'bearer abc.DEF-123' };
    expect((await ask(server, '/api/v1/connections', { headers })).status).toBe(200);
  });
});

describe('a browser', () => {
  it.each([
    ['https://evil.example', 403],
    ['null', 403],
    ['http://127.0.0.1:1', 403],
  ])('that shows a page of %s can change nothing', async (origin, status) => {
    const server = await serve(ports);
    const answer = await ask(server, '/api/v1/reload', { method: 'POST', headers: { origin } });
    expect(answer.status).toBe(status);
  });

  it.each([
    ['POST', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 403],
    ['POST', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' }, 403],
    ['POST', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 403],
    ['POST', { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }, 200],
    ['GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 403],
    ['GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 200],
    ['GET', { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }, 200],
  ] as const)('that says where a %s comes from (%j) is answered with %i', async (method, headers, status) => {
    const server = await serve(ports);
    const path = method === 'POST' ? '/api/v1/reload' : '/api/v1/connections';
    expect((await ask(server, path, { method, headers })).status).toBe(status);
  });

  it('can lift no silence for a page of another site, also with the password that it remembers', async () => {
    const removed: string[] = [];
    const remove = async (id: string) => removed.push(id) > 0;
    const server = await serve({ ...ports, silences: { ...ports.silences, remove } }, { token });
    const authorization = basic('anybody:s3cret: ü');
    const lift = (origin: string) =>
      ask(server, '/api/v1/silences/s1', { method: 'DELETE', headers: { authorization, origin } });
    expect((await lift('https://evil.example')).status).toBe(403);
    expect(removed).toEqual([]);
    expect((await lift(server.url)).status).toBe(204);
  });

  it("may act for the monitor's own page", async () => {
    const server = await serve(ports);
    const answer = await ask(server, '/api/v1/reload', { method: 'POST', headers: { origin: server.url } });
    expect(answer.status).toBe(200);
  });

  it('is never told that another site may read an answer', async () => {
    const answer = await ask(await serve(ports), '/metrics', { headers: { origin: 'https://evil.example' } });
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('learns nothing through a host name that was made to point here', async () => {
    const server = await serve(ports);
    const asked = (host: string) => ask(server, '/metrics', { headers: { host } });
    expect((await asked('rebound.example:80')).status).toBe(403);
    expect((await asked(`localhost:${server.port}`)).status).toBe(200);
    expect((await asked('[::1]:9464')).status).toBe(200);
  });

  it('may use any host name when the monitor asks for a token, or is meant to be open', async () => {
    const headers = { host: 'monitor.example', authorization: 'Bearer abc' };
    const withToken = await serve(ports, { token: new Secret('abc') });
    expect((await ask(withToken, '/metrics', { headers })).status).toBe(200);
    const open = await serve(ports, { allowUnauthenticated: true });
    expect((await ask(open, '/metrics', { headers })).status).toBe(200);
  });
});
