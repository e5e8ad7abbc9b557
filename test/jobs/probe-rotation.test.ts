import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Alarm } from '../../src/config/secrets/patience.ts';
import { createLookUp } from '../../src/config/secrets/resolve.ts';
import { createSecretResolver, type SecretResolver } from '../../src/config/secrets/resolver.ts';
import type { Reference } from '../../src/domain/reference.ts';
import { Secret } from '../../src/domain/secret.ts';
import { type ProbePorts, probe } from '../../src/jobs/probe.ts';
import { createExchanger, type Exchanger } from '../../src/mimecast/exchange.ts';
import { tokenRequest } from '../../src/mimecast/token-request.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { connectionOf } from './connections.ts';

const lookUp = createLookUp({});
const CODES = { rejected: [], forbidden: [], expired: [] };

/** A real gateway, a real file, and the cache that all checks share. */
let folder: string;
let gateway: Simulator;
let exchanger: Exchanger;
let resolver: SecretResolver;
let now: number;
/** How often a source was looked at, and what was sent. */
let looks: number;
let sent: string[];
/** How long a source takes. */
let slowly: () => Promise<void>;
/** How long a look-up is waited for; an alarm that never rings waits for its end. */
let alarm: Alarm;

class Countdown {
  #left: number;
  #reach: () => void = () => undefined;
  readonly reached = new Promise<void>((resolve) => {
    this.#reach = resolve;
  });

  constructor(from: number) {
    this.#left = from;
  }

  count(): void {
    this.#left -= 1;
    // Whoever is told of the last one gets to act on it first.
    if (this.#left === 0) setImmediate(this.#reach);
  }
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcm-rotation-'));
  gateway = await startSimulator({ keys: [{ clientId: 'acme-id', clientSecret: 'old-secret' }] });
  exchanger = createExchanger({ connections: 10, env: {}, allowedHosts: () => [] });
  now = 1_000_000;
  looks = 0;
  sent = [];
  slowly = async () => undefined;
  alarm = () => () => undefined;
  resolver = createSecretResolver({
    now: () => now,
    alarm: (ms, ring) => alarm(ms, ring),
    lookUp: async (reference) => {
      looks += 1;
      await slowly();
      return lookUp(reference);
    },
  });
  await store('old-secret');
});
afterEach(async () => {
  await exchanger.close();
  await gateway.close();
  await rm(folder, { recursive: true, force: true });
});

const store = (secret: string) => writeFile(join(folder, 'acme'), `${secret}\n`);

function acme() {
  const clientId: Reference = { kind: 'literal', value: new Secret('acme-id') };
  const clientSecret: Reference = { kind: 'file', path: join(folder, 'acme') };
  return connectionOf('acme', { gateway: gateway.origin, clientId, clientSecret });
}

const ports: ProbePorts = {
  now: () => now,
  find: (reference, fresh) => resolver.find(reference, { fresh }),
  exchange: ({ gateway: origin, timeoutMs }, clientId, secret) => {
    sent.push(secret.reveal());
    return exchanger.exchange(origin, tokenRequest(clientId, secret), timeoutMs);
  },
  fingerprint: (_gateway, clientId, secret) => `${clientId.reveal()}:${secret.reveal()}`,
};

/** A check a while after the one before, with what is cached still young. */
function check(fresh = false) {
  now += 10_000;
  return probe(acme(), CODES, ports, fresh);
}

describe('a check whose keys are refused', () => {
  it('reads them again, and counts only what the gateway says of those that were put there meanwhile', async () => {
    expect((await check()).result.verdict).toBe('valid');
    gateway.rotate('acme-id', 'new-secret');
    await store('new-secret');
    const seen = await check();
    expect(seen).toMatchObject({ fingerprint: 'acme-id:new-secret', result: { verdict: 'valid' } });
    expect(sent).toEqual(['old-secret', 'old-secret', 'new-secret']);
    // From now on everybody knows the new one.
    await check();
    expect(sent.at(-1)).toBe('new-secret');
    expect(looks).toBe(2);
  });

  it('is refused when they are still the same, after one exchange', async () => {
    await check();
    gateway.setBehaviour('acme-id', { kind: 'revoked' });
    const seen = await check();
    expect(seen).toMatchObject({ fingerprint: 'acme-id:old-secret', result: { verdict: 'rejected' } });
    expect([sent.length, looks]).toEqual([2, 2]);
  });

  it('is refused with the new ones when those are wrong too', async () => {
    await check();
    gateway.setBehaviour('acme-id', { kind: 'revoked' });
    await store('mistyped');
    expect(await check()).toMatchObject({
      fingerprint: 'acme-id:mistyped',
      result: { verdict: 'rejected' },
    });
    expect(sent).toEqual(['old-secret', 'old-secret', 'mistyped']);
  });

  it.each([
    ['read them for this very check', true],
    ['had never read them before', false],
  ])('does not read them again when it %s', async (_when, fresh) => {
    gateway.setBehaviour('acme-id', { kind: 'revoked' });
    expect((await check(fresh)).result.verdict).toBe('rejected');
    expect([sent.length, looks]).toEqual([1, 1]);
  });

  it('does not read them again for an answer that proves nothing', async () => {
    await check();
    gateway.setBehaviour('acme-id', { kind: 'status', status: 503 });
    expect((await check()).result.verdict).toBe('gateway_error');
    expect(looks).toBe(1);
  });

  it('shares one look with all that are refused at the same time', async () => {
    await check();
    gateway.rotate('acme-id', 'new-secret');
    await store('new-secret');
    now += 10_000;
    // The source takes its time, until all were refused.
    const refused = new Countdown(20);
    slowly = () => refused.reached;
    const exchange: ProbePorts['exchange'] = async (...keys) => {
      const outcome = await ports.exchange(...keys);
      refused.count();
      return outcome;
    };
    const all = await Promise.all(
      Array.from({ length: 20 }, () => probe(acme(), CODES, { ...ports, exchange })),
    );
    expect(new Set(all.map(({ result }) => result.verdict))).toEqual(new Set(['valid']));
    // One before, one for who was refused first, and one for all that were refused while it was under way.
    expect(looks).toBe(3);
  });
});

describe('keys whose source hangs', () => {
  /** From now on the source answers only when told to, and nobody who has a value waits for it. */
  function hang(): () => void {
    let answer: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    slowly = () => answered;
    alarm = (ms, ring) => {
      if (ms <= 2_000) setImmediate(ring);
      return () => undefined;
    };
    now += 60_000;
    return answer;
  }

  it('serve as they were last, without a check that waits', async () => {
    await check();
    const answer = hang();
    expect((await check()).result.verdict).toBe('valid');
    expect((await check()).result.verdict).toBe('valid');
    expect(looks).toBe(2);
    answer();
  });

  it('are waited for when the last ones are refused: only what is said of the new ones counts', async () => {
    await check();
    gateway.rotate('acme-id', 'new-secret');
    await store('new-secret');
    const answer = hang();
    const refused = check();
    while (sent.length < 2) await new Promise((resolve) => setImmediate(resolve));
    answer();
    expect(await refused).toMatchObject({
      fingerprint: 'acme-id:new-secret',
      result: { verdict: 'valid' },
    });
    expect(sent).toEqual(['old-secret', 'old-secret', 'new-secret']);
  });

  it.each([false, true])('prove nothing when they are waited for in vain (read anew: %s)', async (fresh) => {
    await check();
    gateway.setBehaviour('acme-id', { kind: 'revoked' });
    const answer = hang();
    const waits: number[] = [];
    alarm = (ms, ring) => {
      waits.push(ms / 1_000);
      setImmediate(ring);
      return () => undefined;
    };
    expect((await check(fresh)).result).toMatchObject({
      verdict: 'secret_unavailable',
      code: 'stale_secret_rejected',
    });
    // Nobody waits for a fresh one twice.
    expect(waits).toEqual(fresh ? [60] : [2, 60]);
    answer();
  });
});

describe('keys whose source is down', () => {
  it('serve as they were last', async () => {
    await check();
    await rm(join(folder, 'acme'));
    now += 60_000;
    expect((await check()).result.verdict).toBe('valid');
    expect((await check(true)).result.verdict).toBe('valid');
  });

  it.each([false, true])(
    'prove nothing of the present ones when they are refused (read anew: %s)',
    async (fresh) => {
      await check();
      await rm(join(folder, 'acme'));
      gateway.setBehaviour('acme-id', { kind: 'revoked' });
      const seen = await check(fresh);
      expect(seen).toMatchObject({
        fingerprint: null,
        result: { verdict: 'secret_unavailable', code: 'stale_secret_rejected', httpStatus: 401 },
      });
      expect(sent).toEqual(['old-secret', 'old-secret']);
    },
  );

  it('are refused for sure as soon as their source vouches for them again', async () => {
    await check();
    await rm(join(folder, 'acme'));
    gateway.setBehaviour('acme-id', { kind: 'revoked' });
    await check();
    await store('old-secret');
    expect((await check()).result.verdict).toBe('rejected');
  });
});
