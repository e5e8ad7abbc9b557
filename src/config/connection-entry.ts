import type { Literals } from './build-reference.ts';
import type { Path } from './place.ts';
import type { Sections } from './read-sections.ts';
import type { Report } from './report.ts';
import type { RawConnection } from './schema-connection.ts';
import type { Source } from './source.ts';

/** What the main file says about all connections. */
export interface Rules {
  readonly checks: Sections['checks'];
  readonly defaults: Sections['defaults'];
  /** The folder of the main file, in which the paths of the defaults start. */
  readonly directory: string;
  /** Null: they can't be known, so that no name can be wrong. */
  readonly channelNames: ReadonlySet<string> | null;
  readonly literals: Literals;
  readonly report: Report;
}

/** A connection as it stands in a file. */
export interface Entry {
  /** What the schema made of it. */
  readonly raw: RawConnection;
  /** Keys that are left out of `raw` or stand in it by proxy, because they have mistakes. */
  readonly doubtful: ReadonlySet<string>;
  /** Before anything was known about its form. */
  readonly written: unknown;
  readonly source: Source;
  /** Path of the connection in its file. */
  readonly path: Path;
}
