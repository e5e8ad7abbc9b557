import type { Connection } from '../domain/connection.ts';
import type { Reference } from '../domain/reference.ts';
import { slices } from './slices.ts';

/**
 * What tells one content of a file from another without reading it: a whole number from 0 on, which a `number` holds exactly.
 * Null when there is none.
 */
export type StampOf = (path: string) => Promise<number | null>;

/** What stands in place of a stamp where there is none, and where nobody has looked yet. */
const NO_STAMP = -1;
const NOT_LOOKED_AT = -2;
const SLICE = 200;

/**
 * The files that hold the keys of a fleet, looked at in rounds. A fleet of 100,000 may have as many: no more is kept of a
 * file than its path, which is the config's own, and the eight bytes of its stamp.
 */
export class WatchedFiles {
  readonly #stampOf: StampOf;
  #paths: readonly string[] = [];
  #stamps = new Float64Array(0);
  /** The first of those still to be looked at in this round. */
  #next = 0;

  constructor(stampOf: StampOf) {
    this.#stampOf = stampOf;
  }

  /** From now on those of these connections. What is known of a file stays known, and the round goes on where it was. */
  follow(connections: readonly Connection[]): void {
    const paths = [...new Set(filesOf(connections))];
    const stampBefore = this.#lookup();
    const place = paths.indexOf(this.#paths[this.#next] ?? '');
    this.#stamps = Float64Array.from(paths, stampBefore);
    this.#paths = paths;
    if (place >= 0) this.#next = place;
  }

  forget(): void {
    this.#paths = [];
    this.#stamps = new Float64Array(0);
    this.#next = 0;
  }

  /** Looks at the next files of the round, `most` of them; gives those whose content may be another than before. */
  async look(most: number): Promise<ReadonlySet<string>> {
    if (this.#next >= this.#paths.length) this.#next = 0;
    const changed = new Set<string>();
    for (const slice of slices(this.#paths.slice(this.#next, this.#next + most), SLICE)) {
      const stamps = await Promise.all(slice.map(this.#stampOf));
      for (const [index, path] of slice.entries()) {
        if (this.#take(this.#next + index, stamps[index] ?? NO_STAMP)) changed.add(path);
      }
      this.#next += slice.length;
    }
    return changed;
  }

  /** Finds the stamp of a path. Most stand where they stood before; a table of all is made for the first that does not. */
  #lookup(): (path: string, place: number) => number {
    const [paths, stamps] = [this.#paths, this.#stamps];
    let places: ReadonlyMap<string, number> | null = null;
    return (path, place) => {
      if (paths[place] === path) return stamps[place] ?? NOT_LOOKED_AT;
      places ??= new Map(paths.map((known, index) => [known, index]));
      return stamps[places.get(path) ?? -1] ?? NOT_LOOKED_AT;
    };
  }

  /** Whether there is a stamp, and it is another than was known. */
  #take(place: number, stamp: number): boolean {
    const known = this.#stamps[place];
    this.#stamps[place] = stamp;
    return known !== NOT_LOOKED_AT && stamp !== NO_STAMP && stamp !== known;
  }
}

/** Whether a connection's keys stand in one of these files. */
export function usesOneOf({ clientId, clientSecret }: Connection, paths: ReadonlySet<string>): boolean {
  return isOneOf(clientId, paths) || isOneOf(clientSecret, paths);
}

function isOneOf(reference: Reference, paths: ReadonlySet<string>): boolean {
  return reference.kind === 'file' && paths.has(reference.path);
}

function* filesOf(connections: readonly Connection[]): Generator<string> {
  for (const { enabled, clientId, clientSecret } of connections) {
    if (!enabled) continue;
    if (clientId.kind === 'file') yield clientId.path;
    if (clientSecret.kind === 'file') yield clientSecret.path;
  }
}
