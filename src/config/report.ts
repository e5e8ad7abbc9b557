import { visible } from '../domain/visible.ts';
import type { Path, Target } from './place.ts';
import { formatPath, showFile } from './place.ts';
import type { Source } from './source.ts';

/** A mistake with its place. */
export interface Placed {
  /** Absolute. */
  readonly file: string;
  readonly path: Path;
  readonly text: string;
}

interface Entry extends Placed {
  readonly order: number;
  readonly line: number;
  readonly column: number;
}

/** Collects everything there is to say about the files of one load, so that all mistakes are told at once. */
export interface Report {
  /** Fixes the place of a file among the others. */
  add(source: Source): void;
  mistake(source: Source, path: Path, message: string, target?: Target): void;
  warning(source: Source, path: Path, message: string): void;
  /** `file:line:column` of a place, for a message that names a second one. */
  where(source: Source, path: Path): string;
  /** Lines in the order of the files and of the lines in them. */
  mistakes(): readonly string[];
  placedMistakes(): readonly Placed[];
  warnings(): readonly string[];
}

/** More than any message has that is about names of a usual length. */
const MOST_CHARACTERS = 1_000;

export function createReport(cwd: string): Report {
  const orders = new Map<string, number>();
  const mistakes: Entry[] = [];
  const warnings: Entry[] = [];

  function add(source: Source): number {
    const order = orders.get(source.file) ?? orders.size;
    orders.set(source.file, order);
    return order;
  }

  function entry(source: Source, path: Path, message: string, target: Target): Entry {
    const { line, column } = source.locate(path, target);
    const place = `${showFile(source.file, cwd)}:${line}:${column}`;
    const text = visible(`${place}: ${formatPath(path)}: ${shortened(message)}`);
    return { order: add(source), line, column, file: source.file, path, text };
  }

  return {
    add,
    mistake: (source, path, message, target = 'value') => {
      mistakes.push(entry(source, path, message, target));
    },
    warning: (source, path, message) => {
      warnings.push(entry(source, path, message, 'value'));
    },
    where: (source, path) => {
      const { line, column } = source.locate(path, 'value');
      return `${showFile(source.file, cwd)}:${line}:${column}`;
    },
    mistakes: () => sorted(mistakes),
    placedMistakes: () => mistakes,
    warnings: () => sorted(warnings),
  };
}

/** Some repeat a host or a name, which may be of any length. */
function shortened(message: string): string {
  return message.length <= MOST_CHARACTERS ? message : `${message.slice(0, MOST_CHARACTERS)}…`;
}

function sorted(entries: readonly Entry[]): readonly string[] {
  return entries
    .toSorted((a, b) => a.order - b.order || a.line - b.line || a.column - b.column)
    .map((entry) => entry.text);
}
