import { describe, expect, it } from '@jest/globals';
import type { Simulator } from '../../src/simulator/server.ts';
import { ask, simulate, statuses, type Told, tell } from './ask.ts';

function put(simulator: Simulator, path: string, body: unknown): Promise<Told> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return tell(simulator, path, { method: 'PUT', body: text });
}

/** Nobody has called the API with a token of this key. */
const UNCALLED = { api: { kind: 'normal' }, calls: 0 };

describe('the admin route', () => {
  it('tells one key how to behave', async () => {
    const simulator = await simulate();
    const told = await put(simulator, '/admin/keys/acme', {
      behaviour: { kind: 'status', status: 503, times: 2 },
    });
    expect(told.status).toBe(200);
    expect(JSON.parse(told.text)).toEqual({
      clientId: 'acme',
      behaviour: { kind: 'status', status: 503, times: 2 },
      exchanges: 0,
      ...UNCALLED,
    });
    expect(await statuses(simulator, 'acme', 3)).toEqual([503, 503, 200]);
    expect(await statuses(simulator, 'globex', 1)).toEqual([200]);
  });

  it('tells the whole gateway how to behave', async () => {
    const simulator = await simulate();
    expect((await put(simulator, '/admin/gateway', { behaviour: { kind: 'html' } })).status).toBe(200);
    expect((await ask(simulator, 'acme')).text).toMatch(/^<!DOCTYPE/);
    await put(simulator, '/admin/gateway', { behaviour: { kind: 'normal' } });
    expect((await ask(simulator, 'acme')).status).toBe(200);
  });

  it('rotates a secret without repeating it', async () => {
    const simulator = await simulate();
    const told = await put(simulator, '/admin/keys/acme', { rotate: 'acme-second' });
    expect(told.status).toBe(200);
    expect(told.text).not.toContain('acme-second');
    expect((await ask(simulator, 'acme')).status).toBe(401);
    expect((await ask(simulator, 'acme', 'acme-second')).status).toBe(200);
  });

  it('lists keys, what they do, what is left of it and how often they were asked, without a secret', async () => {
    const simulator = await simulate();
    simulator.setBehaviour('acme', { kind: 'flap', every: 1, other: { kind: 'revoked' }, times: 5 });
    await statuses(simulator, 'acme', 2);
    const { status, text } = await tell(simulator, '/admin/keys');
    expect(status).toBe(200);
    expect(text).not.toContain('-secret');
    expect(JSON.parse(text)).toEqual({
      gateway: { behaviour: { kind: 'normal' }, exchanges: 2 },
      keys: [
        {
          clientId: 'acme',
          behaviour: { kind: 'flap', every: 1, other: { kind: 'revoked' }, times: 3 },
          exchanges: 2,
          ...UNCALLED,
        },
        { clientId: 'globex', behaviour: { kind: 'normal' }, exchanges: 0, ...UNCALLED },
        { clientId: 'initech', behaviour: { kind: 'normal' }, exchanges: 0, ...UNCALLED },
      ],
    });
  });

  it('finds a key whose id is percent-encoded', async () => {
    const simulator = await simulate({ keys: [{ clientId: 'a/b c', clientSecret: 's' }] });
    const told = await put(simulator, '/admin/keys/a%2Fb%20c', { behaviour: { kind: 'stall' } });
    expect(told.status).toBe(200);
  });

  it.each<[string, unknown, string]>([
    ['no JSON', '{', 'not a JSON object'],
    ['a list', [], 'not a JSON object'],
    ['nothing to do', {}, 'one of behaviour, api and rotate'],
    ['both at once', { behaviour: { kind: 'normal' }, rotate: 'x' }, 'one of behaviour, api and rotate'],
    ['another field', { behavior: { kind: 'normal' } }, 'one of behaviour, api and rotate'],
    ['a bare word', { behaviour: 'revoked' }, 'an object with a kind'],
    ['an unknown kind', { behaviour: { kind: 'explode' } }, 'kind: must be one of normal, revoked'],
    ['a kind every object has', { behaviour: { kind: 'toString' } }, 'kind: must be one of'],
    ['a missing field', { behaviour: { kind: 'status' } }, 'status: '],
    ['a field out of range', { behaviour: { kind: 'status', status: 99 } }, 'status: '],
    ['an unknown field', { behaviour: { kind: 'stall', secs: 3 } }, 'secs'],
    ['a broken count', { behaviour: { kind: 'stall', times: 1.5 } }, 'times: a whole number'],
    ['a page without room for one', { behaviour: { kind: 'html', status: 204 } }, 'no body'],
    [
      'a location that would split the header',
      { behaviour: { kind: 'redirect', location: 'x\r\ny: z' } },
      'location',
    ],
    [
      'a flap in a flap',
      { behaviour: { kind: 'flap', other: { kind: 'flap', other: { kind: 'stall' } } } },
      'other: kind: must be one of',
    ],
    ['a flap with nothing', { behaviour: { kind: 'flap' } }, 'other: '],
    ['an empty secret', { rotate: '' }, 'rotate: the new secret'],
    ['a secret that is no text', { rotate: 7 }, 'rotate: the new secret'],
  ])('refuses %s and says what to send', async (_what, body, message) => {
    const simulator = await simulate();
    const { status, headers, text } = await put(simulator, '/admin/keys/acme', body);
    expect(status).toBe(400);
    expect(headers['content-type']).toBe('application/json');
    expect(JSON.parse(text)).toEqual({
      error: expect.stringContaining(message),
      send: expect.arrayContaining([expect.stringContaining('PUT /admin/keys/{clientId}')]),
      kinds: expect.objectContaining({ stall: expect.any(String) }),
    });
    expect((await ask(simulator, 'acme')).status).toBe(200);
  });

  it('has no secret to rotate for a gateway', async () => {
    const simulator = await simulate();
    expect((await put(simulator, '/admin/gateway', { rotate: 'x' })).status).toBe(400);
  });

  it.each(['/admin/keys/umbrella', '/admin/keys/', '/admin/keys/%E0%A4%A', '/admin/other', '/admin/'])(
    'answers 404 on %s',
    async (path) => {
      const simulator = await simulate();
      expect((await put(simulator, path, { behaviour: { kind: 'stall' } })).status).toBe(404);
    },
  );

  it('names the method to use instead of a wrong one', async () => {
    const simulator = await simulate();
    const list = await put(simulator, '/admin/keys', {});
    expect([list.status, list.headers.allow]).toEqual([405, 'GET']);
    const one = await tell(simulator, '/admin/keys/acme');
    expect([one.status, one.headers.allow]).toEqual([405, 'PUT']);
  });

  it('refuses a body that is far too long', async () => {
    const simulator = await simulate();
    expect((await put(simulator, '/admin/keys/acme', { rotate: 'x'.repeat(1_000_000) })).status).toBe(413);
    expect((await ask(simulator, 'acme')).status).toBe(200);
  });
});
