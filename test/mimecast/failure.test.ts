import { describe, expect, it } from '@jest/globals';
import { deadlinePassed, failureOf } from '../../src/mimecast/failure.ts';

function coded(code: string, message = 'https://acme:secret@host/?client_secret=secret'): Error {
  return Object.assign(new Error(message), { code });
}

describe('failureOf', () => {
  it.each([
    ['ENOTFOUND', 'network_error'],
    ['EAI_AGAIN', 'network_error'],
    ['ECONNREFUSED', 'network_error'],
    ['ECONNRESET', 'network_error'],
    ['EPIPE', 'network_error'],
    ['EHOSTUNREACH', 'network_error'],
    ['ENETUNREACH', 'network_error'],
    ['UND_ERR_SOCKET', 'network_error'],
    ['UND_ERR_HEADERS_OVERFLOW', 'network_error'],
    ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
    ['UND_ERR_HEADERS_TIMEOUT', 'timeout'],
    ['UND_ERR_BODY_TIMEOUT', 'timeout'],
    ['ETIMEDOUT', 'timeout'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls_error'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls_error'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'tls_error'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls_error'],
    ['UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY', 'tls_error'],
    ['ERROR_IN_CERT_NOT_AFTER_FIELD', 'tls_error'],
    ['PATH_LENGTH_EXCEEDED', 'tls_error'],
    ['CERT_HAS_EXPIRED', 'tls_error'],
    ['CERT_NOT_YET_VALID', 'tls_error'],
    ['CERT_REVOKED', 'tls_error'],
    ['CRL_HAS_EXPIRED', 'tls_error'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls_error'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls_error'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'tls_error'],
    ['EPROTO', 'tls_error'],
  ])('sorts %s as %s and keeps the code', (code, verdict) => {
    expect(failureOf(coded(code))).toMatchObject({ kind: 'failure', verdict, code });
  });

  it('never repeats the message of an error, which may hold anything', () => {
    for (const error of [coded('ECONNREFUSED'), coded('EWHATEVER'), new Error('client_secret=secret')]) {
      expect(JSON.stringify(failureOf(error))).not.toContain('secret');
    }
  });

  it('looks into the causes, and into the addresses that were tried', () => {
    const wrapped = new Error('fetch failed', { cause: coded('CERT_HAS_EXPIRED') });
    expect(failureOf(wrapped)).toMatchObject({ verdict: 'tls_error', code: 'CERT_HAS_EXPIRED' });
    const several = new AggregateError([coded('ENETUNREACH'), coded('ECONNREFUSED')]);
    expect(failureOf(several)).toMatchObject({ verdict: 'network_error', code: 'ENETUNREACH' });
  });

  it('takes the name of an error that has no code', () => {
    const error = new Error('Parse Error');
    error.name = 'HTTPParserError';
    expect(failureOf(error)).toMatchObject({ verdict: 'network_error', code: 'HTTPParserError' });
  });

  it.each([[undefined], [null], ['text'], [{}], [new Error('x')], [new AggregateError([])]])(
    'sorts %p as network_error too',
    (thrown) => {
      expect(failureOf(thrown)).toMatchObject({ kind: 'failure', verdict: 'network_error' });
    },
  );
});

describe('deadlinePassed', () => {
  it('is a timeout without a code', () => {
    expect(deadlinePassed()).toMatchObject({ kind: 'failure', verdict: 'timeout', code: null });
  });
});
