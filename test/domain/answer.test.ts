import { describe, expect, it } from '@jest/globals';
import { headerValue, parseBody, printable } from '../../src/domain/answer.ts';
import { classify } from '../../src/domain/classify.ts';
import { retryAfterMs } from '../../src/domain/rate-limit.ts';
import { findVendorErrors } from '../../src/domain/vendor-error.ts';
import { T0 } from './checks.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

function answerOf(status: number, body: string) {
  return classify(
    { kind: 'answer', status, headers: {}, body: bytes(body), oversized: false },
    { codes: { rejected: [], forbidden: [], expired: [] }, now: T0, redact: (text) => text },
  );
}

describe('what a body is', () => {
  it.each([
    ['{"a":1}', { kind: 'json', value: { a: 1 } }],
    [' 7\n', { kind: 'json', value: 7 }],
    ['<html>', { kind: 'html' }],
    ['  <html>', { kind: 'html' }],
    ['denied <b>', { kind: 'other' }],
    ['', { kind: 'other' }],
  ])('%j', (text, body) => {
    expect(parseBody(bytes(text), false)).toEqual(body);
  });

  it('is not looked into when it was cut off', () => {
    expect(parseBody(bytes('{"a":1}'), true)).toEqual({ kind: 'other' });
  });
});

describe('a text of an answer, made printable', () => {
  const asIs = (text: string) => text;

  it.each([
    ['as it came', 'Client credentials are invalid', 40, 'Client credentials are invalid'],
    ['with one space for any run of control characters', 'a\r\n\t\u0000\u001b[1mb', 40, 'a [1mb'],
    ['with what direction marks joined kept apart', 'a\u202e\u2028b', 40, 'a b'],
    ['without blanks around it, which take no room', `${' '.repeat(50)}abc\n`, 3, 'abc'],
    ['without the blank that a cut leaves', 'ab cd', 3, 'ab'],
    ['without half a character', 'ab😀', 3, 'ab'],
    ['with a whole character', 'ab😀', 4, 'ab😀'],
    ['as nothing when nothing is left', '\u0000 \n', 40, null],
  ])('%s', (_what, text, length, shown) => {
    expect(printable(text, length, asIs)).toBe(shown);
  });

  it('shows no secret that only cleaning joins, and none that a cut would leave in part', () => {
    const redact = (text: string) => text.replaceAll('se cret', '[x]');
    expect(printable('my se\u0000cret!', 40, redact)).toBe('my [x]!');
    expect(printable('my se cret!', 6, redact)).toBe('my [x]');
  });
});

describe('a header', () => {
  it.each([
    [undefined, null],
    ['r-1', 'r-1'],
    [['r-1', 'r-2'], 'r-1'],
    [[], null],
  ])('%j is %j', (header, value) => {
    expect(headerValue(header)).toBe(value);
  });
});

describe('an answer at the edge of what is one', () => {
  it.each([
    [100, '<html>', 'unexpected_response'],
    [199, '<html>', 'unexpected_response'],
    [200, '<html>', 'wrong_endpoint'],
    [299, '{"access_token":"x"}', 'unexpected_response'],
    [300, '{"access_token":"x"}', 'wrong_endpoint'],
    [399, '', 'wrong_endpoint'],
    [400, '', 'bad_request'],
    [499, '', 'bad_request'],
    [500, '', 'gateway_error'],
    [599, '', 'gateway_error'],
    [600, '', 'unexpected_response'],
    [200, '"access_token"', 'unexpected_response'],
    [200, '7', 'unexpected_response'],
    [200, 'true', 'unexpected_response'],
  ])('%d with %j is %s', (status, body, verdict) => {
    expect(answerOf(status, body).verdict).toBe(verdict);
  });

  it.each([
    ['1799', 1_799],
    ['"1799"', 1_799],
    ['" 1799 "', 1_799],
    ['0', 0],
    ['-1', null],
    ['"-1"', null],
    ['"12345678901"', null],
    ['"1e3"', null],
    ['"x1"', null],
    ['1e999', null],
    ['true', null],
    ['null', null],
  ])('a lifetime of %s is %j seconds', (expiresIn, seconds) => {
    const { verdict, tokenLifetimeSeconds } = answerOf(200, `{"access_token":"x","expires_in":${expiresIn}}`);
    expect({ verdict, tokenLifetimeSeconds }).toEqual({ verdict: 'valid', tokenLifetimeSeconds: seconds });
  });
});

describe('vendor errors', () => {
  it('are found beside what is none', () => {
    const fail = [null, 'x', { errors: [null, 'x', 7, ['y'], { code: 'a' }] }, { errors: 'none' }];
    expect(findVendorErrors({ fail })).toEqual([{ code: 'a', message: null }]);
  });

  it('have a code before a type', () => {
    expect(findVendorErrors({ error: { code: 'c', type: 't', message: 'm' } })).toEqual([
      { code: 'c', message: 'm' },
    ]);
  });

  it('are twenty at most, however they are nested', () => {
    const errors = Array.from({ length: 30 }, (_, i) => ({ code: `c${i}` }));
    expect(findVendorErrors({ fail: [{ errors }] }).map(({ code }) => code)).toEqual(
      errors.slice(0, 20).map(({ code }) => code),
    );
    expect(findVendorErrors({ fail: errors })).toHaveLength(20);
    const many = findVendorErrors({ fail: errors.map((error) => ({ errors: [error, error] })) });
    expect(many).toHaveLength(20);
  });
});

describe('the wait that headers ask for', () => {
  it.each([
    [{ 'x-ratelimit-reset': '1500.25' }, 1_500.25],
    [{ 'x-ratelimit-reset': '1500 ms' }, 60_000],
    [{ 'retry-after': `  ${new Date(T0 + 20_000).toUTCString()} ` }, 20_000],
    [{ 'retry-after': 'Mon Jun  1 12:00:30 2026 GMT' }, 30_000],
    [{ 'retry-after': '1 Jun 2026 12:00:30 GMT' }, 60_000],
    [{ 'retry-after': '10 s' }, 60_000],
  ])('%j: %d ms', (headers, wait) => {
    expect(retryAfterMs(headers, T0)).toBe(wait);
  });
});
