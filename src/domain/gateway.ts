import { nearest } from './nearest.ts';

/**
 * The API 2.0 gateways by the region names of the config file. `global` fails over by itself; `uk` and `us` stay
 * in their instance. Source: Mimecast's API 2.0 documentation.
 */
export const REGIONS = {
  global: 'https://api.services.mimecast.com',
  uk: 'https://uk-api.services.mimecast.com',
  us: 'https://us-api.services.mimecast.com',
} as const;
export type Region = keyof typeof REGIONS;

/** Mimecast's instances, by the names that API 1.0 gave their hosts. Only two have a gateway of their own in API 2.0. */
const INSTANCES = ['us', 'eu', 'de', 'au', 'za', 'ca', 'usb', 'je', 'uk'] as const;

/** True for the instance of a customer that only the global gateway serves. */
export function isServedGlobally(name: string): boolean {
  return INSTANCES.some((instance) => instance === name) && !Object.hasOwn(REGIONS, name);
}

/** Every host that Mimecast runs for API 2.0 ends like this. */
const API2_SUFFIX = '.services.mimecast.com';

/** The hosts of API 1.0, which issue no tokens but are often pasted by mistake. */
const API1_HOST = new RegExp(`^(?:(${INSTANCES.join('|')})-)?api\\.mimecast\\.com$`);

export type GatewayRefusal =
  | 'not_a_url'
  | 'credentials'
  | 'path'
  | 'scheme'
  | 'plain_http'
  | 'api_1_host'
  | 'foreign_host';

export type GatewayAnswer =
  | { readonly ok: true; readonly origin: string }
  | {
      readonly ok: false;
      readonly reason: GatewayRefusal;
      /** What is wrong and what to write instead; holds no part of the URL that could be a secret. */
      readonly message: string;
    };

/**
 * Turns a configured base URL into the origin that names the gateway, or says why it must not be used: a typo must
 * not send a secret to a stranger. `allowedHosts` are exact host names beyond Mimecast's own and loopback.
 */
export function gatewayOrigin(baseUrl: string, allowedHosts: readonly string[]): GatewayAnswer {
  const url = parseUrl(baseUrl);
  if (url === null) {
    return refuse('not_a_url', `must be an absolute URL such as ${REGIONS.us}`);
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return refuse('scheme', `must start with https://, not ${url.protocol}//`);
  }
  if (url.username !== '' || url.password !== '') {
    return refuse(
      'credentials',
      'must not hold a user name or password; the keys are clientId and clientSecret',
    );
  }
  if (url.pathname !== '/' || /[?#]/.test(baseUrl)) {
    return refuse('path', `must end after the host; write ${url.origin}`);
  }
  const newer = api2OriginOf(url.hostname);
  if (newer !== null) {
    return refuse('api_1_host', `${url.hostname} is an API 1.0 host; write the API 2.0 one: ${newer}`);
  }
  if (!isAllowed(url.hostname, allowedHosts)) {
    return refuse(
      'foreign_host',
      `${url.hostname} is not a Mimecast host; ${meantOrigin(url.hostname)}write region: global, uk or us, or list the host in checks.allowedHosts`,
    );
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    return refuse('plain_http', `plain http is for loopback only; write https://${url.host}`);
  }
  return { ok: true, origin: url.origin };
}

/** The API 2.0 origin that takes the place of an API 1.0 host, or null when the host is none. */
export function api2OriginOf(hostname: string): string | null {
  const match = API1_HOST.exec(hostname);
  if (match === null) return null;
  const region = match[1];
  // Only the UK and the US have instances of their own in API 2.0; the global gateway serves everybody.
  return region === 'us' || region === 'uk' ? REGIONS[region] : REGIONS.global;
}

/** True for hosts that never leave this machine. `hostname` is as `URL.hostname` gives it. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname === '[::1]' ||
    hostname === '::1' ||
    /^127(?:\.\d{1,3}){3}$/.test(hostname)
  );
}

function isAllowed(hostname: string, allowedHosts: readonly string[]): boolean {
  return hostname.endsWith(API2_SUFFIX) || isLoopback(hostname) || allowedHosts.includes(hostname);
}

function meantOrigin(hostname: string): string {
  const hosts = Object.values(REGIONS).map((origin) => new URL(origin).hostname);
  const meant = nearest(hostname, hosts);
  return meant === null ? '' : `did you mean https://${meant}? Otherwise `;
}

/** URL parsing forgives white space and leaves it out, which would hide a mistake. */
function parseUrl(text: string): URL | null {
  return /\s/.test(text) || !URL.canParse(text) ? null : new URL(text);
}

function refuse(reason: GatewayRefusal, message: string): GatewayAnswer {
  return { ok: false, reason, message };
}
