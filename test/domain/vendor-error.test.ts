import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { findVendorErrors, hasFailures } from '../../src/domain/vendor-error.ts';

describe('findVendorErrors', () => {
  it.each([
    ['fail[].code', { fail: [{ code: 'a', message: 'm' }] }, [{ code: 'a', message: 'm' }]],
    [
      'fail[].errors[]',
      { fail: [{ key: {}, errors: [{ code: 'a', message: 'm', retryable: true }] }] },
      [{ code: 'a', message: 'm' }],
    ],
    [
      'a failure with a code of its own before its errors',
      { fail: [{ code: 'a', errors: [{ code: 'b' }] }] },
      [
        { code: 'a', message: null },
        { code: 'b', message: null },
      ],
    ],
    [
      'RFC 6749',
      { error: 'invalid_client', error_description: 'no' },
      [{ code: 'invalid_client', message: 'no' }],
    ],
    ['an error object without a code', { error: { message: 'm' } }, [{ code: null, message: 'm' }]],
    ['an error object with a type', { error: { type: 't', message: 'm' } }, [{ code: 't', message: 'm' }]],
    [
      'an error object whose code is a number',
      { error: { code: 401, type: 't', message: 'm' } },
      [{ code: 't', message: 'm' }],
    ],
    [
      'Apigee',
      { fault: { faultstring: 'Invalid ApiKey', detail: { errorcode: 'oauth.v2.InvalidApiKey' } } },
      [{ code: 'oauth.v2.InvalidApiKey', message: 'Invalid ApiKey' }],
    ],
    ['Apigee without detail', { fault: { faultstring: 'f' } }, [{ code: null, message: 'f' }]],
    ['ErrorCode', { ErrorCode: 'a', Error: 'm' }, [{ code: 'a', message: 'm' }]],
    ['code and message', { code: 'a', message: 'm' }, [{ code: 'a', message: 'm' }]],
    ['codes with white space around them', { fail: [{ code: ' a\n' }] }, [{ code: 'a', message: null }]],
  ])('reads %s', (_shape, body, expected) => {
    expect(findVendorErrors(body)).toEqual(expected);
  });

  it.each([
    ['null', null],
    ['a list', [{ code: 'a' }]],
    ['a text', 'InvalidClientIdentifier'],
    ['a fail that is no list', { fail: { code: 'a' } }],
    ['a fail of nothing', { fail: [null, 7, 'x', []] }],
    ['codes that are no text', { fail: [{ code: 401, message: {} }], error: 7, ErrorCode: [], code: true }],
    ['blank texts', { fail: [{ code: ' ', message: '' }] }],
  ])('finds nothing in %s', (_what, body) => {
    expect(findVendorErrors(body)).toEqual([]);
  });

  it('looks at a bounded number of errors', () => {
    const fail = Array.from({ length: 5_000 }, () => ({
      errors: Array.from({ length: 9 }, () => ({ code: 'a' })),
    }));
    expect(findVendorErrors({ fail })).toHaveLength(20);
  });

  it('takes any JSON value without throwing', () => {
    fc.assert(fc.property(fc.jsonValue(), (body) => findVendorErrors(body).length <= 20));
  });
});

describe('hasFailures', () => {
  it.each([
    [true, { fail: [{}] }],
    [true, { fail: [null] }],
    [false, { fail: [] }],
    [false, { fail: 'yes' }],
    [false, {}],
    [false, [{ fail: [{}] }]],
    [false, null],
  ])('is %s for %j', (expected, body) => {
    expect(hasFailures(body)).toBe(expected);
  });
});
