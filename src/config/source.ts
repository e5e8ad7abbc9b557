import { dirname } from 'node:path';
import { decode } from './decode.ts';
import { parseJson, parseJsonLines } from './json.ts';
import type { LineMemory } from './known-lines.ts';
import type { Path, Position, Target } from './place.ts';
import { parseYamlFile } from './plain-fleet.ts';
import { MISSING, readBytes } from './read-file.ts';
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
  /** Of its lines, where lines are remembered. */
  readonly digests?: string;
  /** Positions are worked out only when asked for: a good file never pays for them. */
  locate(path: Path, target: Target): Position;
}

const START: Position = { line: 1, column: 1 };

/**
 * Reads and parses one file by its extension: `.ndjson`, `.json`, anything else is YAML. Never throws for a bad file.
 * `instead` is taken for the content of the file, whose mode counts all the same. Lines that `recall` knows in a folder
 * are not read.
 */
export async function readSource(
  file: string,
  instead?: Uint8Array,
  recall?: (directory: string) => LineMemory,
): Promise<Source> {
  const content = await readBytes(file);
  if (typeof content === 'string') return unusableSource(file, content);
  const bytes = instead ?? content.bytes;
  const readableByOthers = (content.mode & 0o077) !== 0;
  const text = decode(bytes);
  if (typeof text !== 'string') {
    return { ...unusableSource(file, text.message, text.position), bytes, readableByOthers };
  }
  const directory = dirname(file);
  const base = { file, directory, missing: false, readableByOthers, bytes };
  if (!file.endsWith('.ndjson')) return { ...base, ...parserFor(file)(text) };
  const memory = recall?.(directory);
  return {
    ...base,
    ...parseJsonLines(text, memory?.recognise),
    ...(memory && { digests: memory.digests() }),
  };
}

/** A file of which nothing is known but what is wrong with it. */
export function unusableSource(file: string, message: string, position = START): Source {
  return {
    file,
    directory: dirname(file),
    missing: message === MISSING,
    readableByOthers: false,
    value: undefined,
    bytes: new Uint8Array(),
    problems: [{ position, path: [], message }],
    locate: () => position,
  };
}

function parserFor(file: string): (text: string) => ParsedYaml {
  return file.endsWith('.json') ? parseJson : parseYamlFile;
}
