import type { TransportFailure } from '../domain/classify.ts';
import type { AddressRefused } from './egress.ts';

const TIMEOUT_CODES: ReadonlySet<string> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
  'ESOCKETTIMEDOUT',
]);

/** Codes that OpenSSL and Node use for certificates and handshakes (Node's `tls` page); the rest share a prefix. */
const TLS_CODES: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'HOSTNAME_MISMATCH',
  'EPROTO',
  'UND_ERR_PRX_TLS',
]);
const TLS_PREFIXES = ['ERR_TLS_', 'ERR_SSL_', 'ERR_OSSL_', 'CERT_', 'CRL_', 'UNABLE_TO_', 'ERROR_IN_C'];

/** Nothing was sent in these cases. */
const ADDRESS_MEANINGS: Readonly<Record<AddressRefused['code'], string>> = {
  ADDRESS_LINK_LOCAL: 'the host is at a link-local address, where no gateway can be',
  ADDRESS_METADATA: "the host is at the address of a cloud's metadata service",
  ADDRESS_UNSPECIFIED: 'the host is at the unspecified address, which is this machine',
  ADDRESS_LOOPBACK: 'the host name leads to this machine, which checks.allowedHosts does not allow for it',
  ADDRESS_NOT_LOOPBACK: 'the host name means this machine and leads to another one',
};

/** What the common codes mean, for people; an error's own message could name more than should be shown. */
const MEANINGS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the host name was not found in DNS',
  EAI_AGAIN: 'DNS gave no answer',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  EHOSTUNREACH: 'the host is unreachable',
  ENETUNREACH: 'the network is unreachable',
  UND_ERR_SOCKET: 'the connection was closed before the answer was complete',
  UND_ERR_CONNECT_TIMEOUT: 'no connection before the deadline',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate chain holds a self-signed certificate',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host name',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate was not issued by a trusted authority',
  HTTPParserError: 'the answer was not HTTP',
  ERR_INVALID_URL: 'the address of the proxy is not a URL',
  UND_ERR_HEADERS_OVERFLOW: 'the headers of the answer were too long',
  UND_ERR_ABORTED: 'the proxy opened no tunnel',
  PROXY_CLOSED: 'the proxy closed the connection and opened no tunnel',
  UND_ERR_PRX_TLS: "the proxy's certificate is for another host name",
  ...ADDRESS_MEANINGS,
};

/** The outcome of a request whose deadline passed. */
export function deadlinePassed(): TransportFailure {
  return {
    kind: 'failure',
    verdict: 'timeout',
    code: null,
    message: 'no complete answer before the deadline',
  };
}

/** Sorts an error thrown by the HTTP client. Codes are compared, never classes: several undici copies may be loaded. */
export function failureOf(error: unknown): TransportFailure {
  const code = codeOf(error);
  const message = proxyRefusal(error) ?? (code && MEANINGS[code]) ?? null;
  if (code && TIMEOUT_CODES.has(code)) return { kind: 'failure', verdict: 'timeout', code, message };
  const tls =
    code !== null && (TLS_CODES.has(code) || TLS_PREFIXES.some((prefix) => code.startsWith(prefix)));
  return { kind: 'failure', verdict: tls ? 'tls_error' : 'network_error', code, message };
}

/** undici has the status of a proxy that opens no tunnel in the text of its error alone. */
function proxyRefusal(error: unknown): string | null {
  const status = error instanceof Error ? /^Proxy response \((\d{3})\)/.exec(error.message)?.[1] : undefined;
  if (status === undefined) return null;
  const wants = status === '407' ? '; it wants a user name and password' : '';
  return `the proxy answered ${status} and opened no tunnel${wants}`;
}

function codeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null;
  // Several addresses tried in vain come as one error with or without a code of its own.
  if ('errors' in error && Array.isArray(error.errors) && error.errors.length > 0)
    return codeOf(error.errors[0]);
  if ('code' in error && typeof error.code === 'string') return error.code;
  const name = 'name' in error && typeof error.name === 'string' ? error.name : 'Error';
  return name === 'Error' && 'cause' in error ? codeOf(error.cause) : name;
}
