import type { Secret } from '../domain/secret.ts';
import type { Entry, Settings } from './entry.ts';

/** What is to become of the connections of a config, in whichever of its files they stand. */
export interface Change {
  readonly add?: readonly Addition[];
  readonly update?: readonly Update[];
  /** Ids. */
  readonly remove?: readonly string[];
}

export interface Addition {
  readonly entry: Entry;
  /** Goes into a file of `secretsDir`, to which the entry's `clientSecret` will refer. */
  readonly secret?: Secret;
  /** One of the files of the config, absolute or relative to the current folder; the main file when left out. */
  readonly file?: string;
}

export interface Update {
  readonly id: string;
  /** New values by key; undefined takes the key away. */
  readonly settings: Settings;
  /** As in an addition. */
  readonly secret?: Secret;
}
