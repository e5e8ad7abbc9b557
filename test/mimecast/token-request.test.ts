import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Secret } from '../../src/domain/secret.ts';
import { tokenRequest } from '../../src/mimecast/token-request.ts';
import { requestOf } from './servers.ts';

describe('tokenRequest', () => {
  it('is the form post of the onboarding guide, field by field', () => {
    expect(tokenRequest(new Secret('abc123'), new Secret('s3cr3t'))).toEqual({
      method: 'POST',
      path: '/oauth/token',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
        'user-agent': 'mimecast-credential-monitor',
      },
      body: 'client_id=abc123&client_secret=s3cr3t&grant_type=client_credentials',
    });
  });

  it('encodes what a form must not hold as it is', () => {
    expect(requestOf('a b', 'x&y=z+ü%').body).toBe(
      'client_id=a+b&client_secret=x%26y%3Dz%2B%C3%BC%25&grant_type=client_credentials',
    );
  });

  it('carries any id and secret to the other side, and no further field', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(text, text, (id, secret) => {
        const form = [...new URLSearchParams(requestOf(id, secret).body)];
        expect(form).toEqual([
          ['client_id', id],
          ['client_secret', secret],
          ['grant_type', 'client_credentials'],
        ]);
      }),
    );
  });
});
