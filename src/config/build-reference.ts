import { resolve } from 'node:path';
import type { Reference } from '../domain/reference.ts';
import { Secret } from '../domain/secret.ts';
import type { Path } from './place.ts';
import type { Report } from './report.ts';
import type { RawReference } from './schema-values.ts';
import type { Source } from './source.ts';

/** Turns what stands in a file into a reference; relative paths and commands start at that file's folder. */
export function buildReference(raw: RawReference, directory: string): Reference {
  if (typeof raw === 'string') return { kind: 'literal', value: new Secret(raw) };
  if ('env' in raw) return { kind: 'env', name: raw.env };
  if ('file' in raw) return { kind: 'file', path: resolve(directory, raw.file) };
  const [program, ...rest] = raw.exec;
  // The schema has seen to it that there is a first element; an empty program fails when it is run.
  return { kind: 'exec', command: [program ?? '', ...rest], directory };
}

/** What is wrong with a literal that is sent as a credential, or null. Never says what the literal is. */
export function literalMistake(raw: RawReference): string | null {
  if (typeof raw !== 'string') return null;
  if (raw === '') return 'must not be empty';
  if (/[\r\n]/.test(raw)) return 'holds a line break; write the value on one line, in quotes';
  if (/\p{Cc}/u.test(raw)) return 'holds a control character; copy the value again';
  if (raw !== raw.trim()) return 'begins or ends with white space; leave it out';
  return null;
}

/** Gathers the secrets that stand in the files themselves, to be told once per file and not once per secret. */
export interface Literals {
  add(source: Source, path: Path): void;
  /** Tells the report: refused when others may read the file, a warning otherwise. */
  tell(report: Report, shown: (file: string) => string): void;
}

export function createLiterals(): Literals {
  const files = new Map<Source, { readonly first: Path; count: number }>();
  return {
    add: (source, path) => {
      const known = files.get(source);
      if (known === undefined) files.set(source, { first: path, count: 1 });
      else known.count += 1;
    },
    tell: (report, shown) => {
      for (const [source, { first, count }] of files) {
        const others = count === 1 ? '' : ` (and ${count - 1} more in this file)`;
        const better = 'use {env: NAME}, {file: PATH} or {exec: [command]}';
        if (source.readableByOthers) {
          const command = `chmod 600 ${quoteForShell(shown(source.file))}`;
          report.mistake(
            source,
            first,
            `is a secret in a file that others may read${others}; type ${command}, or better ${better}`,
          );
        } else {
          report.warning(source, first, `is a secret written in the file itself${others}; better ${better}`);
        }
      }
    },
  };
}

function quoteForShell(text: string): string {
  return /^[\w./@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
