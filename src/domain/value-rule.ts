import { type AddressRule, addressMistake } from './address.ts';
import { signingSecretMistake } from './signing-secret.ts';

/** What a value must look like that stands in the config or behind a reference of it. */
export type ValueRule = AddressRule | 'redis' | 'signing_secret';

/** What is wrong with a value, or null. Never says any part of it: it may be a credential. */
export function valueMistake(text: string, rule: ValueRule): string | null {
  switch (rule) {
    case 'redis':
      return isRedisUrl(text)
        ? null
        : 'must be a URL such as redis://localhost:6379, rediss://host:6380 or redis+sentinel://host,host/name';
    case 'signing_secret':
      return signingSecretMistake(text);
    default:
      return addressMistake(text, rule);
  }
}

function isRedisUrl(text: string): boolean {
  // The URL class knows no list of hosts.
  if (/^rediss?\+sentinel:\/\/[^/]+\/[^/]+/.test(text)) return true;
  return URL.canParse(text) && /^(redis|rediss|unix):$/.test(new URL(text).protocol);
}
