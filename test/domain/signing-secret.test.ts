import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { signingSecretMistake } from '../../src/domain/signing-secret.ts';

const MISTAKE = 'must be base64 (with or without whsec_); openssl rand -base64 32 makes one';

function signs(secret: string): boolean {
  try {
    return new Webhook(secret).sign('id', new Date(0), '') !== '';
  } catch {
    return false;
  }
}

describe('the secret of a signed webhook', () => {
  it.each([
    '',
    'whsec_',
    'whsec_???',
    'not base64',
    'a',
    'abcde',
    'ab=',
    'abc==',
    'ab-_',
    'ab==cd==',
    ' abcd',
  ])('is refused: %p', (text) => expect(signingSecretMistake(text)).toBe(MISTAKE));

  it('is good when it is base64 of anything, padded or not, with its prefix or without', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 70 }),
        fc.boolean(),
        fc.boolean(),
        (key, prefix, pad) => {
          const base64 = Buffer.from(key).toString('base64');
          const text = `${prefix ? 'whsec_' : ''}${pad || key.length < 3 ? base64 : base64.replace(/=+$/, '')}`;
          expect(signingSecretMistake(text)).toBeNull();
        },
      ),
    );
  });

  it('that is good can always be signed with, and shows nothing of itself when it is not', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'aZ09+/=_-. é'), maxLength: 12 });
    fc.assert(
      fc.property(digits, fc.constantFrom('', 'whsec_'), (text, prefix) => {
        const wrong = signingSecretMistake(prefix + text);
        if (wrong === null) expect(signs(prefix + text)).toBe(true);
        else expect(wrong).toBe(MISTAKE);
      }),
      { numRuns: 3_000 },
    );
  });
});
