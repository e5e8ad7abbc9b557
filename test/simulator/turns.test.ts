import { describe, expect, it } from '@jest/globals';
import { type Behaviour, startSimulator } from '../../src/simulator/server.ts';
import { ask, simulate, statuses } from './ask.ts';

describe('a behaviour that counts', () => {
  it('reverts to normal after the given number of requests', async () => {
    const simulator = await simulate();
    simulator.setBehaviour('acme', { kind: 'status', status: 503, times: 2 });
    expect(await statuses(simulator, 'acme', 4)).toEqual([503, 503, 200, 200]);
  });

  it('flaps on every second request unless told otherwise', async () => {
    const simulator = await simulate();
    simulator.setBehaviour('acme', { kind: 'flap', other: { kind: 'forbidden' } });
    expect(await statuses(simulator, 'acme', 4)).toEqual([200, 403, 200, 403]);
    simulator.setBehaviour('acme', { kind: 'flap', every: 3, other: { kind: 'revoked' }, times: 4 });
    expect(await statuses(simulator, 'acme', 6)).toEqual([200, 200, 401, 200, 200, 200]);
  });

  it('lets a flapping behaviour count its own turns', async () => {
    const simulator = await simulate();
    simulator.setBehaviour('acme', { kind: 'flap', every: 2, other: { kind: 'spurious_401', every: 2 } });
    expect(await statuses(simulator, 'acme', 8)).toEqual([200, 200, 200, 401, 200, 200, 200, 401]);
  });

  it.each<[string, Behaviour, number[]]>([
    ['the next request', { kind: 'spurious_401' }, [401, 200, 200, 200]],
    ['the next two', { kind: 'spurious_401', next: 2 }, [401, 401, 200, 200]],
    ['every second', { kind: 'spurious_401', every: 2 }, [200, 401, 200, 401]],
  ])('answers a spurious 401 to %s', async (_which, behaviour, expected) => {
    const simulator = await simulate();
    simulator.setBehaviour('acme', behaviour);
    expect(await statuses(simulator, 'acme', 4)).toEqual(expected);
  });

  it('answers a spurious 401 when chance has it', async () => {
    const rolls = [0.29, 0.3, 0.9, 0];
    const simulator = await simulate({ random: () => rolls.shift() ?? 1 });
    simulator.setBehaviour('acme', { kind: 'spurious_401', probability: 0.3 });
    expect(await statuses(simulator, 'acme', 4)).toEqual([401, 200, 200, 401]);
  });
});

describe('the whole gateway', () => {
  it('misbehaves for every key, known or not, and recovers', async () => {
    const simulator = await simulate();
    simulator.setBehaviour('*', { kind: 'status', status: 503 });
    expect((await ask(simulator, 'acme')).status).toBe(503);
    expect((await ask(simulator, 'umbrella')).status).toBe(503);
    simulator.setBehaviour('*', { kind: 'normal' });
    expect((await ask(simulator, 'acme')).status).toBe(200);
    expect((await ask(simulator, 'umbrella')).status).toBe(401);
  });

  it('leaves what it lets through to the key, whose turns are not used up by the outage', async () => {
    const simulator = await simulate();
    simulator.setBehaviour('acme', { kind: 'forbidden', times: 1 });
    simulator.setBehaviour('*', { kind: 'status', status: 500, times: 2 });
    expect(await statuses(simulator, 'acme', 4)).toEqual([500, 500, 403, 200]);
    simulator.setBehaviour('acme', { kind: 'revoked' });
    simulator.setBehaviour('*', { kind: 'latency', delayMs: 1 });
    expect(await statuses(simulator, 'acme', 1)).toEqual([401]);
  });
});

describe('rotating a secret', () => {
  it('makes the new secret the only good one', async () => {
    const simulator = await simulate();
    simulator.rotate('acme', 'acme-second');
    expect((await ask(simulator, 'acme')).status).toBe(401);
    expect((await ask(simulator, 'acme', 'acme-second')).status).toBe(200);
  });

  it('ends a revocation and no other trouble', async () => {
    const simulator = await simulate();
    simulator.setBehaviour('acme', { kind: 'revoked' });
    simulator.setBehaviour('globex', { kind: 'forbidden' });
    simulator.rotate('acme', 'acme-second');
    simulator.rotate('globex', 'globex-second');
    expect((await ask(simulator, 'acme', 'acme-second')).status).toBe(200);
    expect((await ask(simulator, 'globex', 'globex-second')).status).toBe(403);
  });
});

describe('observing exchanges', () => {
  it('counts well-formed token requests per key and in all, whatever was answered', async () => {
    const simulator = await simulate();
    simulator.setBehaviour('globex', { kind: 'revoked' });
    await ask(simulator, 'acme');
    await ask(simulator, 'acme', 'wrong');
    await ask(simulator, 'globex');
    await ask(simulator, 'umbrella');
    expect(['acme', 'globex', 'initech', '*'].map(simulator.exchanges)).toEqual([2, 1, 0, 4]);
  });

  it('lets a test await the exchanges it needs', async () => {
    const simulator = await simulate();
    const order: string[] = [];
    const second = simulator.waitForExchanges('acme', 2).then(() => order.push('second'));
    const first = simulator.waitForExchanges('acme', 1).then(() => order.push('first'));
    await ask(simulator, 'acme');
    await first;
    expect(order).toEqual(['first']);
    await ask(simulator, 'acme');
    await second;
    await simulator.waitForExchanges('acme', 1);
    expect(order).toEqual(['first', 'second']);
  });

  it('tells those who still wait that it was closed, and may be closed again', async () => {
    const simulator = await simulate();
    const waiting = simulator.waitForExchanges('acme', 1);
    simulator.waitForExchanges('*', 99).catch(() => undefined);
    await simulator.close();
    await expect(waiting).rejects.toThrow('closed');
    await simulator.close();
    await expect(simulator.waitForExchanges('acme', 1)).rejects.toThrow('closed');
  });
});

describe('mistakes in the code that drives it', () => {
  it('refuses client ids it does not have', async () => {
    const simulator = await simulate();
    const message = 'no key with client id umbrella';
    expect(() => simulator.setBehaviour('umbrella', { kind: 'revoked' })).toThrow(message);
    expect(() => simulator.rotate('umbrella', 'new')).toThrow(message);
    expect(() => simulator.rotate('*', 'new')).toThrow('no key');
    expect(() => simulator.exchanges('umbrella')).toThrow(message);
    await expect(simulator.waitForExchanges('umbrella', 1)).rejects.toThrow(message);
  });

  it('refuses a behaviour that makes no sense, and keeps the one it had', async () => {
    const simulator = await simulate();
    expect(() => simulator.setBehaviour('acme', { kind: 'status', status: 200 })).toThrow('status');
    expect(() => simulator.setBehaviour('acme', { kind: 'revoked', times: 0 })).toThrow('times');
    expect((await ask(simulator, 'acme')).status).toBe(200);
  });

  it('starts with the behaviours its keys are given', async () => {
    const keys = [{ clientId: 'acme', clientSecret: 'acme-secret', behaviour: { kind: 'revoked' } as const }];
    expect((await ask(await simulate({ keys }), 'acme')).status).toBe(401);
  });

  it.each([
    ['the name of the gateway', [{ clientId: '*', clientSecret: 's' }], 'not a client id'],
    ['an empty client id', [{ clientId: '', clientSecret: 's' }], 'not a client id'],
    ['an empty secret', [{ clientId: 'acme', clientSecret: '' }], 'the secret of acme is empty'],
    [
      'the same client id twice',
      [
        { clientId: 'acme', clientSecret: 's' },
        { clientId: 'acme', clientSecret: 't' },
      ],
      'two keys',
    ],
  ])('does not start with %s', async (_what, keys, message) => {
    await expect(startSimulator({ keys })).rejects.toThrow(message);
  });

  it.each(['0.0.0.0', '::', '192.0.2.1', 'example.com', '127.0.0.1.example.com'])(
    'does not listen on %s',
    async (host) => {
      await expect(startSimulator({ host, keys: [] })).rejects.toThrow('loopback only');
    },
  );

  it('says so when its port is taken', async () => {
    const { origin } = await simulate();
    const port = Number(new URL(origin).port);
    await expect(startSimulator({ port, keys: [] })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('listens on other loopback names too', async () => {
    const simulator = await simulate({ host: 'localhost' });
    expect(simulator.origin).toMatch(/^http:\/\/localhost:\d+$/);
    expect((await ask(simulator, 'acme')).status).toBe(200);
  });
});
