/** What can stand in a config file, be it right there or not: null is refused by the schema, with a place. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/** A connection as it stands in a file: keys in the order in which they are written. */
export type Entry = { readonly id: string } & { readonly [key: string]: Value };

/** New values by key; undefined takes the key away. */
export type Settings = Readonly<Record<string, Value | undefined>>;

/** What is to become of the list of connections of one file. Indices count the entries as they stand. */
export interface ListChange {
  readonly removed: ReadonlySet<number>;
  readonly changed: ReadonlyMap<number, Settings>;
  /** Appended in this order. */
  readonly added: readonly Entry[];
}
