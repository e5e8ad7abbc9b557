import { isIPv6 } from 'node:net';
import type { RateBound } from './bounds.ts';

/** Clients that are remembered; who was heard of longest ago is forgotten first. */
const MOST_CLIENTS = 10_000;

export interface RateLimit {
  /** How long the client has to wait for its next one; 0 when it may have it now. */
  waitMs(client: string): number;
  /** Counts one. */
  count(client: string): void;
}

/**
 * Counts per client, with nothing kept but the time by which its burst is whole again (the generic cell rate
 * algorithm). `clock` is in milliseconds and never set back.
 */
export function createRateLimit({ burst, everyMs }: RateBound, clock: () => number): RateLimit {
  // In the order of the last count, so that what stands first is over first.
  const wholeAgainAt = new Map<string, number>();
  const forget = (now: number): void => {
    for (const [client, at] of wholeAgainAt) {
      if (at > now && wholeAgainAt.size <= MOST_CLIENTS) return;
      wholeAgainAt.delete(client);
    }
  };
  return {
    waitMs(client) {
      const now = clock();
      return Math.max(0, (wholeAgainAt.get(client) ?? now) - (burst - 1) * everyMs - now);
    },
    count(client) {
      const now = clock();
      const at = Math.max(wholeAgainAt.get(client) ?? now, now);
      wholeAgainAt.delete(client);
      wholeAgainAt.set(client, at + everyMs);
      forget(now);
    },
  };
}

/** One client: an IPv4 address, or the 64 bits of an IPv6 address that one subscriber is given. */
export function clientOf(address: string): string {
  const mapped = /^::ffff:(\d+(?:\.\d+){3})$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.replace(/%.*$/, '').split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail ? tail.split(':') : [];
  const zeros =
    tail === undefined ? [] : Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0');
  return `${[...front, ...zeros, ...back].slice(0, 4).join(':')}::/64`;
}
