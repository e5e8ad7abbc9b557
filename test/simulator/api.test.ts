import { describe, expect, it } from '@jest/globals';
import { Key } from '../../src/simulator/keys.ts';
import type { Simulator } from '../../src/simulator/server.ts';
import { TokenBook } from '../../src/simulator/tokens.ts';
import { ask, simulate, tell } from './ask.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

async function tokenOf(simulator: Simulator, clientId: string): Promise<string> {
  const { text } = await ask(simulator, clientId);
  return (JSON.parse(text) as { access_token: string }).access_token;
}

function account(simulator: Simulator, token: string, body = '{"data":[]}') {
  const headers = { ...JSON_TYPE, authorization: `Bearer ${token}` };
  return tell(simulator, '/api/account/get-account', { method: 'POST', headers, body });
}

function whoami(simulator: Simulator, authorization?: string) {
  return tell(
    simulator,
    '/identity/whoami',
    authorization === undefined ? {} : { headers: { authorization } },
  );
}

describe("the simulator's API", () => {
  it('answers with a token that it issued, in the name of the key that it issued it to', async () => {
    const simulator = await simulate();
    const [acme, globex] = [await tokenOf(simulator, 'acme'), await tokenOf(simulator, 'globex')];
    expect(JSON.parse((await whoami(simulator, `Bearer ${acme}`)).text)).toMatchObject({ clientId: 'acme' });
    expect(JSON.parse((await account(simulator, globex)).text)).toEqual({
      meta: { status: 200 },
      data: [{ accountCode: 'globex' }],
      fail: [],
    });
    expect(simulator.tokens()).toEqual([acme, globex]);
    expect([simulator.apiCalls('acme'), simulator.apiCalls('globex')]).toEqual([1, 1]);
  });

  it.each([
    ['no token', undefined],
    ['another token', 'Bearer 0123456789abcdef'],
    ['another scheme', 'Basic YWNtZTphY21lLXNlY3JldA=='],
  ])('refuses %s before anything else', async (_what, authorization) => {
    const simulator = await simulate();
    await tokenOf(simulator, 'acme');
    const { status, text } = await whoami(simulator, authorization);
    expect([status, text]).toEqual([401, expect.stringContaining('token_verification_failed')]);
  });

  it('refuses a wrong method and a body without data', async () => {
    const simulator = await simulate();
    const token = await tokenOf(simulator, 'acme');
    const headers = { authorization: `Bearer ${token}` };
    const wrong = await tell(simulator, '/api/account/get-account', { headers });
    expect([wrong.status, wrong.headers['allow']]).toEqual([405, 'POST']);
    for (const body of ['', '[]', '{"data":{}}'])
      expect((await account(simulator, token, body)).status).toBe(400);
  });

  it('can be told to deny a key whose tokens it goes on issuing', async () => {
    const simulator = await simulate();
    simulator.setApiBehaviour('acme', { kind: 'forbidden', times: 1 });
    const token = await tokenOf(simulator, 'acme');
    expect((await account(simulator, token)).status).toBe(403);
    expect((await account(simulator, token)).status).toBe(200);
    expect((await ask(simulator, 'acme')).status).toBe(200);
    expect((await account(simulator, await tokenOf(simulator, 'globex'))).status).toBe(200);
  });

  it('is told so by the admin route as well', async () => {
    const simulator = await simulate();
    const put = (path: string, body: object) =>
      tell(simulator, path, { method: 'PUT', body: JSON.stringify(body) });
    const told = await put('/admin/keys/acme', { api: { kind: 'fail_in_200', code: 'app_forbidden' } });
    expect(JSON.parse(told.text)).toMatchObject({
      behaviour: { kind: 'normal' },
      api: { kind: 'fail_in_200' },
    });
    const { status, text } = await account(simulator, await tokenOf(simulator, 'acme'));
    expect([status, text]).toEqual([200, expect.stringContaining('app_forbidden')]);
    expect((await put('/admin/gateway', { api: { kind: 'stall' } })).status).toBe(400);
  });

  it('knows the latest tokens only, so that a load test does not fill its memory', () => {
    const tokens = new TokenBook();
    const acme = new Key('acme', 'acme-secret');
    const [first, second] = [tokens.issue(acme), tokens.issue(acme)];
    for (let count = 2; count < 10_001; count++) tokens.issue(undefined);
    expect(tokens.all()).toHaveLength(10_000);
    expect(tokens.ownerOf(first)).toBeUndefined();
    expect(tokens.ownerOf(second)).toBe(acme);
  });
});
