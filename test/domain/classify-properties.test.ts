import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { classify, type ExchangeOutcome } from '../../src/domain/classify.ts';
import { redactor } from '../../src/domain/redact.ts';
import { Secret } from '../../src/domain/secret.ts';
import { certaintyOf, VERDICTS } from '../../src/domain/verdict.ts';

const CODES = [
  'InvalidClientIdentifier',
  'invalid_client',
  'app_forbidden',
  'err_old',
  'whatever',
  '\u001b[2J',
];

const header = fc.oneof(
  fc.constant(undefined),
  fc.string({ unit: 'binary' }),
  fc.array(fc.string({ unit: 'binary' }), { maxLength: 3 }),
  fc.bigInt().map(String),
);
const headers = fc.dictionary(
  fc.oneof(fc.constantFrom('x-request-id', 'x-ratelimit-reset', 'retry-after', 'content-type'), fc.string()),
  header,
);

const code = fc.oneof(
  fc.constantFrom(...CODES),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.jsonValue(),
);
const shaped = fc.oneof(
  fc.record({ fail: fc.array(fc.record({ code, message: code, errors: fc.array(fc.record({ code })) })) }),
  fc.record({ fail: fc.jsonValue(), access_token: code, expires_in: fc.jsonValue() }, { requiredKeys: [] }),
  fc.record({ error: code, error_description: code }),
  fc.record({ error: fc.record({ code, message: code }) }),
  fc.record({ fault: fc.record({ faultstring: code, detail: fc.record({ errorcode: code }) }) }),
  fc.record({ ErrorCode: code, Error: code }),
);
const body = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc.jsonValue().map((value) => new TextEncoder().encode(JSON.stringify(value))),
  shaped.map((value) => new TextEncoder().encode(JSON.stringify(value))),
  fc.constantFrom('[', '{"a":', '"', '[[').map((piece) => new TextEncoder().encode(piece.repeat(20_000))),
);
const status = fc.oneof(
  fc.constantFrom(200, 201, 302, 400, 401, 403, 404, 405, 418, 429, 500, 503),
  fc.integer({ min: 100, max: 599 }),
  fc.double(),
);
const answer: fc.Arbitrary<ExchangeOutcome> = fc.record({
  kind: fc.constant('answer' as const),
  status,
  headers,
  body,
  oversized: fc.boolean(),
});
const failure: fc.Arbitrary<ExchangeOutcome> = fc.record({
  kind: fc.constant('failure' as const),
  verdict: fc.constantFrom(
    'timeout' as const,
    'network_error' as const,
    'tls_error' as const,
    'secret_unavailable' as const,
  ),
  code: fc.option(fc.string({ unit: 'binary', maxLength: 300 }), { nil: null }),
  message: fc.option(fc.string({ unit: 'binary', maxLength: 900 }), { nil: null }),
});
const codes = { rejected: ['err_gone'], forbidden: ['err_role'], expired: ['err_old'] };
const now = fc.integer({ min: 0, max: 4e12 });

/** Characters that would move a terminal's cursor, hide text or break a line. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

describe('classify, whatever comes', () => {
  it('gives a verdict of the closed set and bounded, printable texts, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(answer, failure), now, (outcome, at) => {
        const result = classify(outcome, { codes, now: at, redact: (text) => text });
        expect(VERDICTS).toContain(result.verdict);
        for (const [text, most] of [
          [result.code, 64],
          [result.message, 200],
          [result.requestId, 128],
        ] as const) {
          if (text === null) continue;
          expect(text.length).toBeGreaterThan(0);
          expect(text.length).toBeLessThanOrEqual(most);
          expect(text).not.toMatch(UNPRINTABLE);
        }
        const { httpStatus, retryAfterMs, tokenLifetimeSeconds } = result;
        expect(httpStatus === null || Number.isInteger(httpStatus)).toBe(true);
        expect(retryAfterMs === null).toBe(result.verdict !== 'rate_limited');
        if (retryAfterMs !== null) {
          expect(retryAfterMs).toBeGreaterThanOrEqual(1_000);
          expect(retryAfterMs).toBeLessThanOrEqual(15 * 60_000);
        }
        if (tokenLifetimeSeconds !== null) {
          expect(result.verdict).toBe('valid');
          expect(Number.isFinite(tokenLifetimeSeconds)).toBe(true);
        }
      }),
      { numRuns: 800 },
    );
  });

  it('is certain only where the status and a parsed body say so', () => {
    fc.assert(
      fc.property(answer, now, (outcome, at) => {
        const { verdict, httpStatus } = classify(outcome, { codes, now: at, redact: (text) => text });
        const allowed: Readonly<Record<string, readonly number[]>> = {
          valid: [200],
          rejected: [400, 401],
          forbidden: [403],
        };
        if (outcome.kind === 'answer' && outcome.oversized) expect(certaintyOf(verdict)).toBe('unknown');
        const statuses = allowed[verdict];
        if (statuses) expect(statuses).toContain(httpStatus);
        if (verdict === 'key_expired') expect(String(httpStatus)).toMatch(/^4(?!04|29)/);
      }),
      { numRuns: 800 },
    );
  });

  it('never repeats the client id or the secret, in any encoding a gateway may echo them in', () => {
    const secretText = fc
      .string({ unit: 'grapheme-ascii', minLength: 8, maxLength: 60 })
      .filter((text) => text.trim() === text && !text.includes('redacted') && !text.includes('  '));
    const wrap = fc.tuple(fc.string({ maxLength: 250 }), fc.string({ maxLength: 20 }));
    fc.assert(
      fc.property(
        secretText,
        secretText,
        wrap,
        fc.nat(4),
        status,
        (id, secret, [before, after], way, httpStatus) => {
          const encodings = [
            secret,
            encodeURIComponent(secret),
            new URLSearchParams({ s: secret }).toString().slice(2),
            Buffer.from(secret).toString('base64'),
            Buffer.from(`${id}:${secret}`).toString('base64'),
          ];
          const echoed = encodings[way] ?? secret;
          const text = `${before} client_id=${id}&client_secret=${echoed} ${after}`;
          const outcome: ExchangeOutcome = {
            kind: 'answer',
            status: httpStatus,
            headers: { 'x-request-id': text },
            body: new TextEncoder().encode(JSON.stringify({ fail: [{ code: text, message: text }] })),
            oversized: false,
          };
          const redact = redactor([new Secret(id), new Secret(secret)]);
          const { code: shownCode, message, requestId } = classify(outcome, { codes, now: 0, redact });
          for (const shown of [shownCode, message, requestId]) {
            expect(shown ?? '').not.toContain(secret);
            expect(shown ?? '').not.toContain(id);
            expect(shown ?? '').not.toContain(echoed.replace(/=+$/, ''));
          }
        },
      ),
      { numRuns: 800 },
    );
  });
});
