import { hash } from 'node:crypto';
import type { Connection } from '../domain/connection.ts';
import { KnownConnection } from './known-connection.ts';

/**
 * What a load remembers of the one before it, by position among the connections that one made: enough to know a line
 * again, and to tell what a load tells of its connection, without keeping the texts.
 */
export interface Earlier {
  /** Of the lines on which the connections stand, one behind the other; `noLines` where one stands elsewhere. */
  readonly digests: string;
  readonly ids: readonly string[];
  readonly tenants: readonly string[];
  readonly gateways: readonly string[];
  readonly labels: readonly Connection['labels'][];
  readonly channels: readonly Connection['channels'][];
  /** `ENABLED` and `LITERAL`. */
  readonly flags: Uint8Array;
}

const ENABLED = 1;
/** The secret stands on the line itself. */
const LITERAL = 2;

export function earlierOf(connections: readonly Connection[], digests: string): Earlier {
  const flags = new Uint8Array(connections.length);
  for (const [index, { enabled, clientSecret }] of connections.entries())
    flags[index] = (enabled ? ENABLED : 0) | (clientSecret.kind === 'literal' ? LITERAL : 0);
  return {
    digests,
    ids: connections.map(({ id }) => id),
    tenants: connections.map(({ tenant }) => tenant),
    gateways: connections.map(({ gateway }) => gateway),
    labels: connections.map(({ labels }) => labels),
    channels: connections.map(({ channels }) => channels),
    flags,
  };
}

export const NOTHING_EARLIER: Earlier = earlierOf([], '');

/** Characters of a digest, a byte each: nobody finds two lines that share so many. */
const LENGTH = 16;

/** The digests of so many connections that stand on no line of their own. */
export function noLines(count: number): string {
  return '\0'.repeat(LENGTH * count);
}

/** Looks at the lines of one file in turn. */
export interface LineMemory {
  /** Null for one that has to be read. */
  recognise(line: string): KnownConnection | null;
  /** Of all lines that were looked at. */
  digests(): string;
}

/** What of the main file makes connections of lines. */
export interface Surroundings {
  readonly bytes: Uint8Array;
  readonly directory: string;
}

/**
 * Knows lines again, for one reading of the files. Into a digest goes all that makes a connection of a line: the main
 * file with its defaults, names and hosts, the folders in which relative paths begin, and the line; so that nothing has
 * to be forgotten when one of them changes. A line that comes twice is known once.
 */
export function recallLines(earlier: Earlier, main: Surroundings): (directory: string) => LineMemory {
  const taken = new Uint8Array(earlier.ids.length);
  let index: ReadonlyMap<string, number> | null = null;
  let next = 0;

  function find(digest: string): number | undefined {
    // Most lines stand behind the one they stood behind before.
    if (earlier.digests.startsWith(digest, next * LENGTH)) return next;
    index ??= indexOf(earlier);
    return index.get(digest);
  }

  const mainDigest = hash('sha256', main.bytes, 'hex');
  return (directory) => {
    const context = hash('sha256', JSON.stringify([mainDigest, main.directory, directory]), 'hex');
    const digests: string[] = [];
    return {
      recognise(text) {
        const digest = hash('sha256', context + text, 'binary').slice(0, LENGTH);
        digests.push(digest);
        const position = find(digest);
        if (position === undefined || taken[position] === 1) return null;
        taken[position] = 1;
        next = position + 1;
        return known(earlier, position);
      },
      digests: () => digests.join(''),
    };
  };
}

function known(earlier: Earlier, position: number): KnownConnection {
  const flags = earlier.flags[position] ?? 0;
  const remembered = {
    id: earlier.ids[position] ?? '',
    tenant: earlier.tenants[position] ?? '',
    gateway: earlier.gateways[position] ?? '',
    labels: earlier.labels[position] ?? {},
    channels: earlier.channels[position] ?? null,
    enabled: (flags & ENABLED) !== 0,
  };
  return new KnownConnection(remembered, position, (flags & LITERAL) !== 0);
}

function indexOf({ digests, ids }: Earlier): ReadonlyMap<string, number> {
  return new Map(ids.map((_, at) => [digests.slice(at * LENGTH, (at + 1) * LENGTH), at]));
}
