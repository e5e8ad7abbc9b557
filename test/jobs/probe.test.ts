import { describe, expect, it } from '@jest/globals';
import type { ExchangeOutcome } from '../../src/domain/classify.ts';
import { Secret } from '../../src/domain/secret.ts';
import { type FoundKey, type ProbePorts, probe } from '../../src/jobs/probe.ts';
import { T0 } from '../domain/checks.ts';
import { connectionOf } from './connections.ts';

const codes = { rejected: [], forbidden: [], expired: [] };
const acme = connectionOf('acme');

function answer(status: number, body: unknown, headers = {}): ExchangeOutcome {
  return { kind: 'answer', status, headers, body: Buffer.from(JSON.stringify(body)), oversized: false };
}

function ports(outcome: ExchangeOutcome, more: Partial<ProbePorts> = {}): ProbePorts {
  let now = T0;
  return {
    now: () => now++,
    find: async (reference) =>
      found(reference.kind === 'literal' ? reference.value : new Secret('top-s3cret'), now),
    exchange: async () => outcome,
    fingerprint: (gateway, id, secret) => `${gateway}|${id.reveal().length}|${secret.reveal().length}`,
    ...more,
  };
}

function found(secret: Secret, lookedAt: number, stale = false): FoundKey {
  return { secret, lookedAt, stale };
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

describe('probe', () => {
  it('resolves both references, exchanges once and classifies', async () => {
    let now = T0;
    let sent: unknown[] = [];
    const seen = await probe(
      acme,
      codes,
      ports(answer(200, { access_token: 'x', expires_in: 1_799 }), {
        now: () => now,
        exchange: async (connection, id, secret) => {
          now += 900;
          sent = [...sent, connection.id, id.reveal(), secret.reveal()];
          return answer(200, { access_token: 'x', expires_in: 1_799 });
        },
      }),
    );
    expect(sent).toEqual(['acme', 'acme-client', 'top-s3cret']);
    expect(seen).toMatchObject({
      startedAt: T0,
      fingerprint: 'https://us-api.services.mimecast.com|11|10',
      result: { verdict: 'valid', tokenLifetimeSeconds: 1_799 },
    });
  });

  it('begins when the exchange begins, not while the secret is still being fetched', async () => {
    let now = T0;
    const slow: Partial<ProbePorts> = {
      now: () => now,
      find: async () => {
        now += 5_000;
        return found(new Secret('s'), now);
      },
    };
    expect((await probe(acme, codes, ports(answer(200, {}), slow))).startedAt).toBe(T0 + 10_000);
  });

  it('cuts the keys out of whatever the gateway echoes', async () => {
    const text = 'no such pair: acme-client / top-s3cret';
    const body = { fail: [{ code: 'top-s3cret', message: text }] };
    const seen = await probe(acme, codes, ports(answer(401, body, { 'x-request-id': 'top-s3cret' })));
    expect(JSON.stringify(seen.result)).not.toMatch(/acme-client|top-s3cret/);
    expect(seen.result.message).toBe('no such pair: [redacted] / [redacted]');
  });

  it('takes the codes of the config', async () => {
    const body = { fail: [{ code: 'err_gone' }] };
    const seen = await probe(acme, { ...codes, rejected: ['err_gone'] }, ports(answer(401, body)));
    expect(seen.result.verdict).toBe('rejected');
  });

  it('is secret_unavailable, with nothing sent and no fingerprint, when a reference cannot be resolved', async () => {
    let sent = 0;
    const seen = await probe(
      acme,
      codes,
      ports(answer(200, {}), {
        now: () => T0,
        find: () => Promise.reject(coded('ENOENT', 'the file does not exist')),
        exchange: async () => {
          sent += 1;
          return answer(200, {});
        },
      }),
    );
    expect(sent).toBe(0);
    expect(seen).toMatchObject({
      startedAt: T0,
      fingerprint: null,
      result: {
        verdict: 'secret_unavailable',
        code: 'ENOENT',
        message: 'the file does not exist',
        httpStatus: null,
      },
    });
  });

  it('does not pass a fault of the program off as a missing secret', async () => {
    const broken = ports(answer(200, {}), {
      find: () => Promise.reject(new TypeError('x is not a function')),
    });
    await expect(probe(acme, codes, broken)).rejects.toThrow(TypeError);
  });
});
