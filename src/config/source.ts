import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from './error-code.ts';
import { parseJson, parseJsonLines } from './json.ts';
import type { Path, Position, Target } from './place.ts';
import { parseYamlFile } from './plain-fleet.ts';
import type { ParsedYaml, TextProblem } from './yaml.ts';

/** One file of the config, read and parsed. */
export interface Source {
  /** Absolute. */
  readonly file: string;
  readonly directory: string;
  /** Undefined when the file could not be understood; `problems` says why. */
  readonly value: unknown;
  readonly bytes: Uint8Array;
  /** Group or others may read the file: it is no place for a secret. */
  readonly readableByOthers: boolean;
  readonly missing: boolean;
  readonly problems: readonly TextProblem[];
  /** Positions are worked out only when asked for: a good file never pays for them. */
  locate(path: Path, target: Target): Position;
}

const START: Position = { line: 1, column: 1 };

/**
 * Reads and parses one file by its extension: `.ndjson`, `.json`, anything else is YAML. Never throws for a bad file.
 * `instead` is taken for the content of the file, whose mode counts all the same.
 */
export async function readSource(file: string, instead?: Uint8Array): Promise<Source> {
  const base = { file, directory: dirname(file), missing: false, readableByOthers: false };
  const content = await readBytes(file);
  if (typeof content === 'string') {
    const problems = [{ position: START, path: [], message: content }];
    const missing = content === MISSING;
    return { ...base, missing, value: undefined, bytes: new Uint8Array(), problems, locate: () => START };
  }
  const readableByOthers = (content.mode & 0o077) !== 0;
  const bytes = instead ?? content.bytes;
  const text = decode(bytes);
  if (text === null) {
    const problems = [{ position: START, path: [], message: 'is not UTF-8 text; save it as UTF-8' }];
    return {
      ...base,
      readableByOthers,
      value: undefined,
      bytes,
      problems,
      locate: () => START,
    };
  }
  return { ...base, readableByOthers, bytes, ...parserFor(file)(text) };
}

function parserFor(file: string): (text: string) => ParsedYaml {
  if (file.endsWith('.ndjson')) return parseJsonLines;
  return file.endsWith('.json') ? parseJson : parseYamlFile;
}

const MISSING = 'does not exist';

/** The content of a regular file, or what is wrong with it. */
async function readBytes(file: string): Promise<{ bytes: Uint8Array; mode: number } | string> {
  try {
    // Without O_NONBLOCK a named pipe would wait for a writer forever.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = await handle.stat();
      if (stats.isDirectory()) return 'is a directory; name a file in it, or a pattern such as folder/*.yaml';
      if (!stats.isFile()) return 'is not a regular file';
      return { bytes: await handle.readFile(), mode: stats.mode };
    } finally {
      await handle.close();
    }
  } catch (error) {
    return reasonOf(error);
  }
}

function reasonOf(error: unknown): string {
  const code = errorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return MISSING;
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user; change its owner or mode';
  return `cannot be read (${code})`;
}

/** A byte order mark at the start is dropped; bytes that are no UTF-8 give null. */
function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
