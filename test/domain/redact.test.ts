import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { redactor } from '../../src/domain/redact.ts';
import { Secret } from '../../src/domain/secret.ts';

const ID = 'acme-id';
const SECRET = 'p@ss word/+=é';
const redact = redactor([new Secret(ID), new Secret(SECRET)]);

describe('redactor', () => {
  it.each([
    ['as it is', SECRET],
    ['percent-encoded', encodeURIComponent(SECRET)],
    ['form-encoded', new URLSearchParams({ s: SECRET }).toString().slice(2)],
    ['in base64', Buffer.from(SECRET).toString('base64')],
    ['in base64 without padding', Buffer.from(SECRET).toString('base64').replace(/=+$/, '')],
    ['as basic authorization', Buffer.from(`${ID}:${SECRET}`).toString('base64')],
    ['the client id', ID],
  ])('cuts out a secret: %s', (_how, echoed) => {
    expect(redact(`before ${echoed} after`)).toMatch(/^before \[redacted\]=* after$/);
  });

  it('cuts out every occurrence', () => {
    expect(redact(`${ID},${ID};${SECRET}`)).toBe('[redacted],[redacted];[redacted]');
  });

  it('leaves other texts as they are', () => {
    expect(redact('Client credentials are invalid')).toBe('Client credentials are invalid');
  });

  it('hides a very short secret only where it stands alone', () => {
    const short = redactor([new Secret('ab')]);
    expect(short('ab')).toBe('[redacted]');
    expect(short('abstract')).toBe('abstract');
  });

  it('copes with a secret that holds half a character, as JSON can write it', () => {
    const odd = redactor([new Secret('secret\ud800tail')]);
    expect(odd('echo secret\ufffdtail')).toBe('echo [redacted]');
  });

  it('copes with a secret as long as a file', () => {
    const long = 'x'.repeat(300_000);
    expect(redactor([new Secret(long)])(`<${long}>`)).toBe('<[redacted]>');
  });
});

describe('Secret', () => {
  it('shows itself in no ordinary way', () => {
    const secret = new Secret(SECRET);
    const texts = [`${secret}`, String(secret), JSON.stringify({ secret }), inspect({ deep: [secret] })];
    for (const text of texts) {
      expect(text).toContain('[redacted]');
      expect(text).not.toContain(SECRET);
    }
    expect(Object.keys(secret)).toEqual([]);
    expect(secret.reveal()).toBe(SECRET);
  });
});
