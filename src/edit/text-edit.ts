import type { Splice } from './splice.ts';

export interface Region {
  readonly start: number;
  readonly end: number;
}

/** What has to be replaced in a text, and where its connections stand. */
export interface TextEdit {
  readonly splices: readonly Splice[];
  /** All changes are in it: what may be shown of a file around them. */
  readonly region: Region;
  /** Each entry that was there before. */
  readonly entries: readonly Region[];
}
