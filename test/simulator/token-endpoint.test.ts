import { describe, expect, it } from '@jest/globals';
import { ask, askRaw, FORM, formOf, simulate, tell } from './ask.ts';

const REJECTION = {
  fail: [{ code: 'InvalidClientIdentifier', message: 'Client credentials are invalid' }],
};

describe('the token endpoint', () => {
  it('answers good keys with the documented shape and a request id', async () => {
    const simulator = await simulate();
    const { status, headers, text } = await ask(simulator, 'acme');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/json');
    expect(headers['content-length']).toBe(String(text.length));
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(text).toMatch(
      /^\{"access_token":"[0-9a-f]{28}","token_type":"Bearer","expires_in":1799,"scope":""\}$/,
    );
  });

  it('never issues the same token or request id twice', async () => {
    const simulator = await simulate();
    const told = await Promise.all(Array.from({ length: 1_100 }, () => askRaw(simulator, 'acme')));
    const tokens = told.map(({ bytes }) => /"access_token":"(\w+)"/.exec(bytes)?.[1]);
    const ids = told.map(({ bytes }) => /x-request-id: (\S+)/.exec(bytes)?.[1]);
    expect(new Set(tokens).size).toBe(1_100);
    expect(new Set(ids).size).toBe(1_100);
    expect(tokens).not.toContain(undefined);
  });

  it.each([
    ['a wrong secret', 'acme', 'globex-secret'],
    ['an unknown client id', 'umbrella', 'acme-secret'],
    ['the name of a property every object has', '__proto__', 'acme-secret'],
    ['the name of the gateway', '*', 'acme-secret'],
  ])('rejects %s as Mimecast does', async (_what, clientId, secret) => {
    const simulator = await simulate();
    const { status, headers, text } = await ask(simulator, clientId, secret);
    expect(status).toBe(401);
    expect(JSON.parse(text)).toEqual(REJECTION);
    expect(headers['x-request-id']).toBeDefined();
  });

  it('decodes what the form encodes', async () => {
    const simulator = await simulate({ keys: [{ clientId: 'a+b', clientSecret: 'p&ss=w rd%é' }] });
    const body = new URLSearchParams({
      client_id: 'a+b',
      client_secret: 'p&ss=w rd%é',
      grant_type: 'client_credentials',
    }).toString();
    expect((await tell(simulator, '/oauth/token', { method: 'POST', headers: FORM, body })).status).toBe(200);
  });

  it.each([
    'application/x-www-form-urlencoded;charset=UTF-8',
    'Application/X-WWW-Form-Urlencoded ; charset=utf-8',
  ])('takes the content type %s', async (contentType) => {
    const simulator = await simulate();
    const headers = { 'content-type': contentType };
    const told = await tell(simulator, '/oauth/token', { method: 'POST', headers, body: formOf('acme') });
    expect(told.status).toBe(200);
  });

  it.each([
    ['GET' as const, undefined],
    ['PUT' as const, formOf('acme')],
    ['DELETE' as const, undefined],
  ])('answers %s with 405 and says that it takes POST', async (method, body) => {
    const simulator = await simulate();
    const options = { method, headers: FORM, ...(body === undefined ? {} : { body }) };
    const { status, headers, text } = await tell(simulator, '/oauth/token', options);
    expect(status).toBe(405);
    expect(headers.allow).toBe('POST');
    expect(JSON.parse(text)).toHaveProperty('fail.0.code', 'method_not_allowed');
    expect(simulator.exchanges('*')).toBe(0);
  });

  it.each(['client_id', 'client_secret', 'grant_type'])(
    'answers 400 and names %s when it is missing, empty or repeated',
    async (field) => {
      const simulator = await simulate();
      const without = new URLSearchParams(formOf('acme'));
      without.delete(field);
      const empty = new URLSearchParams(formOf('acme'));
      empty.set(field, '');
      const repeated = new URLSearchParams(formOf('acme'));
      repeated.append(field, 'again');
      for (const form of [without, empty, repeated]) {
        const body = form.toString();
        const told = await tell(simulator, '/oauth/token', { method: 'POST', headers: FORM, body });
        expect(told.status).toBe(400);
        const kind = form === repeated ? 'repeats a' : 'is missing a required';
        expect(JSON.parse(told.text)).toEqual({
          ErrorCode: 'invalid_request',
          Error: `The request ${kind} parameter : ${field}`,
        });
      }
      expect(simulator.exchanges('acme')).toBe(0);
    },
  );

  it('does not read credentials from the query', async () => {
    const simulator = await simulate();
    const path = `/oauth/token?${formOf('acme')}`;
    expect((await tell(simulator, path, { method: 'POST', headers: FORM })).status).toBe(400);
  });

  it('answers another grant with 400', async () => {
    const simulator = await simulate();
    const body = formOf('acme').replace('client_credentials', 'password');
    const told = await tell(simulator, '/oauth/token', { method: 'POST', headers: FORM, body });
    expect(told.status).toBe(400);
    expect(JSON.parse(told.text)).toHaveProperty('ErrorCode', 'unsupported_grant_type');
  });

  it.each<[Record<string, string>]>([[{ 'content-type': 'application/json' }], [{}]])(
    'answers 400 to the headers %j',
    async (headers) => {
      const simulator = await simulate();
      const told = await tell(simulator, '/oauth/token', { method: 'POST', headers, body: formOf('acme') });
      expect(told.status).toBe(400);
      expect(JSON.parse(told.text)).toHaveProperty('ErrorCode', 'invalid_request');
    },
  );

  it('answers a body that is far too long with 413 and goes on serving', async () => {
    const simulator = await simulate();
    const body = `${formOf('acme')}&padding=${'x'.repeat(2_000_000)}`;
    expect((await tell(simulator, '/oauth/token', { method: 'POST', headers: FORM, body })).status).toBe(413);
    expect((await ask(simulator, 'acme')).status).toBe(200);
  });

  it.each(['/', '/oauth', '/oauth/tokens', '/elsewhere'])('answers 404 on %s', async (path) => {
    const simulator = await simulate();
    expect((await tell(simulator, path)).status).toBe(404);
  });
});
