import { REGIONS } from '../domain/gateway.ts';
import type { CheckResult, Verdict } from '../domain/verdict.ts';

/** What a verdict means for a person: why it is so, and what to do about it. Never empty, and never a secret. */
export interface Remedy {
  readonly reason: string;
  readonly nextStep: string;
}

export interface RemedyContext {
  /** The origin that was asked. */
  readonly gateway: string;
  /** Milliseconds; null where it isn't known. */
  readonly timeoutMs: number | null;
  /** Where the keys come from, e.g. `client id: env ACME_ID; secret: file /run/acme`; null where it isn't known. */
  readonly keySource: string | null;
}

type Answered = Pick<CheckResult, 'verdict' | 'httpStatus' | 'code' | 'message' | 'retryAfterMs'>;
type Words = (answer: Answered, context: RemedyContext) => Remedy;

/** Both paths, since either may be what the reader sees (Mimecast article 34000360548755, and older guides). */
const CONSOLE =
  'in the Mimecast console under Integrations › Integrations Hub › Mimecast API 2.0 (older consoles: Administration › ' +
  'Services › API Applications)';

const HOSTS = `${REGIONS.global} (region: global), ${REGIONS.uk} (uk) or ${REGIONS.us} (us)`;
const KEYS_MAY_BE_FINE = 'The keys themselves may be fine.';

/** Why a connection got its verdict and what to do next. */
export function remedyOf(answer: Answered, context: RemedyContext): Remedy {
  return WORDS[answer.verdict](answer, context);
}

/** `401 InvalidClientIdentifier`: what came back, in as few words as there are. */
export function answerInShort({ httpStatus, code }: Pick<CheckResult, 'httpStatus' | 'code'>): string {
  const parts = [httpStatus, code].filter((part) => part !== null);
  return parts.length === 0 ? 'no answer' : parts.join(' ');
}

const WORDS: Readonly<Record<Verdict, Words>> = {
  valid: (_, { gateway }) => ({ reason: `${gateway} issued a token.`, nextStep: 'Nothing to do.' }),

  rejected: (answer, { gateway, keySource }) => ({
    reason: `${said(answer, gateway)}: it does not accept this client id and secret.`,
    nextStep:
      'The client id or the secret may be mistyped, the keys regenerated, the application deleted or disabled, or the ' +
      `customer's instance may be another than ${gateway}. A new application's keys start to work about 30 minutes ` +
      `after it is made. Compare the client id with the application ${CONSOLE}; if it is not there or the secret is ` +
      `lost, generate new keys (the secret is shown once) and put them where the config looks${from(keySource)}.`,
  }),

  key_expired: (answer, { gateway, keySource }) => ({
    reason: `${said(answer, gateway)}: the keys have expired.`,
    nextStep:
      `Generate new keys ${CONSOLE}, put them where the config looks${from(keySource)}, and update secretExpiresAt or ` +
      'secretIssuedAt.',
  }),

  forbidden: (answer, { gateway }) => ({
    reason: `${said(answer, gateway)}: the keys are known, but the application may not use the API.`,
    nextStep: `See that the application is enabled and that its role has the permissions it needs, ${CONSOLE}.`,
  }),

  auth_uncertain: (answer, { gateway }) =>
    answer.code === null
      ? {
          reason: `${said(answer, gateway)} without a code that Mimecast uses, as a firewall or proxy does: this proves nothing about the keys.`,
          nextStep:
            'See whether a proxy, a web filter or an allow-list of addresses stands between this machine and the ' +
            `gateway. If nothing does, compare the keys with the application ${CONSOLE}.`,
        }
      : {
          reason: `${said(answer, gateway)}, a code that is also given for passing faults: this proves nothing about the keys.`,
          nextStep:
            `Try again in a few minutes. If it stays, compare the keys with the application ${CONSOLE}; if they were ` +
            `refused, add ${answer.code} under checks.codes.${answer.httpStatus === 403 ? 'forbidden' : 'rejected'} in the config.`,
        },

  bad_request: (answer, { gateway, keySource }) => ({
    reason: `${said(answer, gateway)}: it did not take the request itself.`,
    nextStep:
      `See that the client id and the secret are whole and not exchanged for one another${from(keySource)}, and that no ` +
      'proxy changes requests on their way.',
  }),

  wrong_endpoint: (answer, { gateway }) => ({
    reason: `${said(answer, gateway)}, which is not how Mimecast's token endpoint answers: something else is there.`,
    nextStep:
      `Correct region or baseUrl in the config; the API 2.0 gateways are ${HOSTS}. If it is one of these already, a ` +
      'captive portal or proxy answers in its place.',
  }),

  unexpected_response: (answer, { gateway }) => ({
    reason: `${said(answer, gateway)}, but without a token that can be read.`,
    nextStep: `Try again in a few minutes. If it stays, see whether a proxy changes the answers, then ask Mimecast support. ${KEYS_MAY_BE_FINE}`,
  }),

  rate_limited: (answer, { gateway }) => ({
    reason: `${said(answer, gateway)}: too many requests.`,
    nextStep: `Try again ${waitOf(answer)}. If it comes again, lengthen the interval or lower checks.maxPerSecond. ${KEYS_MAY_BE_FINE}`,
  }),

  gateway_error: (answer, { gateway }) => ({
    reason: `${said(answer, gateway)}: the trouble is on Mimecast's side, or in a proxy before it.`,
    nextStep: `Look at the Mimecast status page and try again in a few minutes. ${KEYS_MAY_BE_FINE}`,
  }),

  timeout: (_, { gateway, timeoutMs }) => ({
    reason: `${gateway} gave no complete answer${timeoutMs === null ? ' in time' : ` within ${timeoutMs / 1_000} s`}.`,
    nextStep:
      'Try again in a few minutes; if it stays, see whether a firewall drops the connection and whether HTTPS_PROXY ' +
      `must be set, and look at the Mimecast status page. ${KEYS_MAY_BE_FINE}`,
  }),

  network_error: (answer, { gateway }) => ({
    reason: `${gateway} could not be reached${detail(answer)}.`,
    nextStep: `${networkStep(answer.code, gateway)} ${KEYS_MAY_BE_FINE}`,
  }),

  tls_error: (answer, { gateway }) => ({
    reason: `The identity of ${gateway} could not be proved${detail(answer)}, so nothing was sent.`,
    nextStep:
      "See that this machine's clock is right. Where a proxy inspects TLS, exempt the gateway from it, or name the " +
      `proxy's certificate authority in NODE_EXTRA_CA_CERTS. ${KEYS_MAY_BE_FINE}`,
  }),

  secret_unavailable: (answer) => ({
    reason: `Nothing was sent, for the keys could not be read: ${answer.message ?? answer.code ?? 'no reason was given'}.`,
    nextStep:
      'Mend the source that is named here, as the user and on the machine where the monitor runs; mimecast-monitor ' +
      'validate tells about all of them at once.',
  }),
};

function said(answer: Answered, gateway: string): string {
  const message = answer.message === null ? '' : ` ("${answer.message}")`;
  return `${gateway} answered ${answerInShort(answer)}${message}`;
}

function detail({ code, message }: Answered): string {
  if (message === null) return code === null ? '' : ` (${code})`;
  return code === null ? `: ${message}` : `: ${message} (${code})`;
}

function from(keySource: string | null): string {
  return keySource === null ? '' : ` (${keySource})`;
}

function waitOf({ retryAfterMs }: Answered): string {
  return retryAfterMs === null ? 'in a few minutes' : `after ${Math.ceil(retryAfterMs / 1_000)} s`;
}

function networkStep(code: string | null, gateway: string): string {
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `See that this machine can resolve the name, and that region or baseUrl is right: the API 2.0 gateways are ${HOSTS}.`;
    case 'ECONNREFUSED':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `See whether a firewall lets this machine out to ${gateway}, and whether HTTPS_PROXY must be set (or is set wrongly).`;
    case 'ADDRESS_LOOPBACK':
      return `See where the name leads (DNS, /etc/hosts). If ${gateway} is meant to be on this machine, list its host in checks.allowedHosts.`;
    case 'ADDRESS_LINK_LOCAL':
    case 'ADDRESS_METADATA':
    case 'ADDRESS_UNSPECIFIED':
    case 'ADDRESS_NOT_LOOPBACK':
      return 'Nothing was sent. See where the name leads (DNS, /etc/hosts), and who may change that.';
    case 'UND_ERR_ABORTED':
    case 'PROXY_CLOSED':
      return `See whether the proxy of HTTPS_PROXY lets this machine through to ${gateway}, and wants a user name and password: http://user:password@host:port.`;
    default:
      return 'Try again in a few minutes; if it stays, see whether a firewall or proxy on the way ends connections.';
  }
}
