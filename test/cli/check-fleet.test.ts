import { describe, expect, it } from '@jest/globals';
import { type Answer, checkFleet, type FleetPorts } from '../../src/cli/check-fleet.ts';
import type { Verdict } from '../../src/domain/verdict.ts';
import { connectionOf, UK, US } from '../helpers/fleet.ts';

function answer(verdict: Verdict): Answer {
  const nothing = { code: null, message: null, requestId: null, tokenLifetimeSeconds: null };
  return { durationMs: 1, result: { verdict, httpStatus: 200, retryAfterMs: null, ...nothing } };
}

/** Ports on a clock that only moves while somebody waits. */
function portsOf(ask: FleetPorts['ask']): FleetPorts & { now(): number } {
  let now = 0;
  return {
    ask,
    now: () => now,
    elapsed: () => now,
    delay: async (ms) => {
      now += ms;
    },
    answered: () => {},
  };
}

const never = new AbortController().signal;

describe('checkFleet', () => {
  it('starts no more exchanges per second at a gateway than it may', async () => {
    const starts: number[] = [];
    const ports = portsOf(async () => {
      starts.push(ports.now());
      return answer('valid');
    });
    const fleet = ['acme', 'globex', 'initech', 'hooli'].map((id) => connectionOf(id));
    await checkFleet(fleet, { concurrency: 1, maxPerSecond: 10, signal: never }, ports);
    expect(starts).toEqual([0, 100, 200, 300]);
  });

  it('has no more exchanges in flight at a gateway than it may, and counts each gateway for itself', async () => {
    const flying = new Map<string, number>();
    const most = new Map<string, number>();
    const ports = portsOf(async ({ gateway }) => {
      const now = (flying.get(gateway) ?? 0) + 1;
      flying.set(gateway, now);
      most.set(gateway, Math.max(most.get(gateway) ?? 0, now));
      await new Promise((resolve) => setImmediate(resolve));
      flying.set(gateway, (flying.get(gateway) ?? 0) - 1);
      return answer('valid');
    });
    const fleet = Array.from({ length: 40 }, (_, index) =>
      connectionOf(`acme-${index}`, { gateway: index % 4 === 0 ? UK : US }),
    );
    const run = await checkFleet(fleet, { concurrency: 3, maxPerSecond: 100_000, signal: never }, ports);
    expect(run.checked.size).toBe(40);
    expect(Object.fromEntries(most)).toEqual({ [UK]: 3, [US]: 3 });
  });

  it('asks the rejected ones again after all others of their gateway, and lets the second answer count', async () => {
    const asked: string[] = [];
    const ports = portsOf(async ({ id }) => {
      asked.push(id);
      return answer(id === 'acme' && asked.length === 1 ? 'rejected' : 'valid');
    });
    const fleet = ['acme', 'globex', 'initech'].map((id) => connectionOf(id));
    const run = await checkFleet(fleet, { concurrency: 1, maxPerSecond: 100, signal: never }, ports);
    expect(asked).toEqual(['acme', 'globex', 'initech', 'acme']);
    expect(ports.now()).toBe(2_000);
    expect(run.checked.get('acme')).toMatchObject({
      result: { verdict: 'valid' },
      first: { verdict: 'rejected' },
    });
  });

  it('asks nobody any more once a fault of the program ended it', async () => {
    let asked = 0;
    const ports = portsOf(async ({ id }) => {
      asked += 1;
      if (id === 'acme') throw new TypeError('a fault');
      await new Promise((resolve) => setImmediate(resolve));
      return answer('valid');
    });
    const fleet = [connectionOf('acme'), connectionOf('globex', { gateway: UK })];
    const more = Array.from({ length: 5 }, (_, index) => connectionOf(`initech-${index}`, { gateway: UK }));
    const running = checkFleet(
      [...fleet, ...more],
      { concurrency: 1, maxPerSecond: 1_000, signal: never },
      ports,
    );
    await expect(running).rejects.toThrow('a fault');
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toBe(2);
  });
});
