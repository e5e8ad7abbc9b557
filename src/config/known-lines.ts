import { hash } from 'node:crypto';
import type { Connection } from '../domain/connection.ts';

/**
 * What a load remembers of the one before it, by position among the connections that one made: enough to know a line
 * again, and what has to be known of its connection in any case, without keeping the texts.
 */
export interface Earlier {
  /** Of the lines on which the connections stand, one behind the other; `NO_LINE` where one stands elsewhere. */
  readonly digests: string;
  readonly ids: readonly string[];
  readonly channels: readonly Connection['channels'][];
  /** 1 where the secret stands on the line itself. */
  readonly literals: Uint8Array;
}

export function earlierOf(connections: readonly Connection[], digests: string): Earlier {
  const literals = new Uint8Array(connections.length);
  for (const [index, { clientSecret }] of connections.entries())
    if (clientSecret.kind === 'literal') literals[index] = 1;
  return {
    digests,
    ids: connections.map(({ id }) => id),
    channels: connections.map(({ channels }) => channels),
    literals,
  };
}

export const NOTHING_EARLIER: Earlier = earlierOf([], '');

/** Characters of a digest, a byte each: nobody finds two lines that share so many. */
const LENGTH = 16;

/** The digests of so many connections that stand on no line of their own. */
export function noLines(count: number): string {
  return '\0'.repeat(LENGTH * count);
}

/** A line that made a good connection before, and would make the same again. */
export interface KnownLine {
  readonly text: string;
  readonly position: number;
  readonly earlier: Earlier;
}

export function isKnownLine(item: unknown): item is KnownLine {
  return item instanceof Known;
}

/** Told from everything that a file can hold. */
class Known implements KnownLine {
  readonly text: string;
  readonly position: number;
  readonly earlier: Earlier;

  constructor(text: string, position: number, earlier: Earlier) {
    this.text = text;
    this.position = position;
    this.earlier = earlier;
  }
}

/** Looks at the lines of one file in turn. */
export interface LineMemory {
  /** Null for one that has to be read. */
  recognise(line: string): KnownLine | null;
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
        return new Known(text, position, earlier);
      },
      digests: () => digests.join(''),
    };
  };
}

function indexOf({ digests, ids }: Earlier): ReadonlyMap<string, number> {
  return new Map(ids.map((_, at) => [digests.slice(at * LENGTH, (at + 1) * LENGTH), at]));
}
