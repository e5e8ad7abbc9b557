/** One connection to import, as far as the file says. */
export interface ImportRow {
  /** Where the row begins, counted from 1. */
  readonly line: number;
  /** As it would stand under `connections` of a config file; a literal `clientSecret` is the secret itself. */
  readonly item: Readonly<Record<string, unknown>>;
}

/** What is wrong with the file, or with one row of it. Never repeats a value: it may be a secret. */
export interface ImportProblem {
  readonly line: number;
  readonly message: string;
}

export interface ImportTable {
  readonly rows: readonly ImportRow[];
  readonly problems: readonly ImportProblem[];
}

/** A file of which nothing can be taken. */
export function nothingBut(line: number, message: string): ImportTable {
  return { rows: [], problems: [{ line, message }] };
}
