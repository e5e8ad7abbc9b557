import type { KnownConnection } from './known-connection.ts';
import { MOST_LEVELS } from './levels.ts';
import type { Path, Position, Target } from './place.ts';
import { type ParsedYaml, parseYaml, type TextProblem } from './yaml.ts';

/**
 * Parses a JSON file. The engine's parser is some fifty times faster than YAML's but knows no positions and keeps
 * the last of two equal keys: a text with either trouble is read again as YAML, of which JSON is a part.
 */
export function parseJson(text: string): ParsedYaml {
  const fast = strictJson(text);
  if (fast === null) return parseYaml(text);
  let whole: ParsedYaml | null = null;
  return {
    value: fast.value,
    problems: [],
    locate: (path, target) => {
      whole ??= parseYaml(text);
      return whole.locate(path, target);
    },
  };
}

/**
 * Parses a file of one JSON object per line, each a connection; empty lines are skipped. The result looks like a
 * file with a `connections` list, and positions are those of the lines. A line that can't be understood keeps its
 * place in the list, as a hole, so that the others are named by theirs. A line that `recognise` knows is not read.
 */
export function parseJsonLines(
  text: string,
  recognise?: (line: string) => KnownConnection | null,
): ParsedYaml {
  const connections: unknown[] = [];
  const lineNumbers: number[] = [];
  const problems: TextProblem[] = [];
  const lines = text.split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    lineNumbers.push(index + 1);
    const known = recognise?.(line) ?? null;
    if (known !== null) {
      connections.push(known);
      continue;
    }
    const strict = strictJson(line);
    const read =
      strict === null ? looseLine(line, connections.length, index + 1) : { ...strict, problems: [] };
    problems.push(...read.problems);
    connections.push(read.value);
  }
  const locate = (path: Path, target: Target): Position => {
    const item = path[1];
    const line = typeof item === 'number' ? lineNumbers[item] : undefined;
    if (line === undefined) return { line: 1, column: 1 };
    const inside = parseYaml(lines[line - 1] ?? '').locate(path.slice(2), target);
    return { line, column: inside.line === 1 ? inside.column : 1 };
  };
  return { value: { connections }, problems, locate };
}

/** What is wrong with a line, and what can be understood of it all the same. */
function looseLine(line: string, item: number, number: number): Pick<ParsedYaml, 'value' | 'problems'> {
  const { value, problems } = parseYaml(line);
  const base: Path = ['connections', item];
  if (problems.length === 0) {
    // YAML forgives what JSON doesn't, such as a comma too many.
    const message = 'is not a JSON object on one line; are quotes missing or is there a comma too many?';
    const position = { line: number, column: 1 };
    return { value: undefined, problems: [{ position, path: base, message, hole: true }] };
  }
  const placed = problems.map((problem): TextProblem => {
    const { position, path } = problem;
    const column = position.line === 1 ? position.column : 1;
    const moved = { ...problem, position: { line: number, column }, path: [...base, ...path] };
    return value === undefined ? { ...moved, hole: true } : moved;
  });
  return { value, problems: placed };
}

function strictJson(text: string): { readonly value: unknown } | null {
  try {
    const value: unknown = JSON.parse(text);
    const kept = keysOf(value);
    return colonsAfterQuotes(text) === kept || keysIn(text) === kept ? { value } : null;
  } catch {
    return null;
  }
}

/**
 * As many as the text spells keys, unless a string holds `\":`, which only makes it more. -1 where blanks before a colon
 * would make it fewer. Looking for two characters takes a fifth of the time that finding the strings does.
 */
function colonsAfterQuotes(text: string): number {
  if (/"\s+:/.test(text)) return -1;
  let count = 0;
  for (let at = text.indexOf('":'); at >= 0; at = text.indexOf('":', at + 2)) count += 1;
  return count;
}

/** How many keys the text spells; in valid JSON every string followed by a colon is one. */
function keysIn(text: string): number {
  let count = 0;
  for (const match of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g)) {
    if (match[1] !== undefined) count += 1;
  }
  return count;
}

/** How many keys were kept; fewer than spelled means that one was given twice. NaN for what is nested too deeply. */
function keysOf(value: unknown, levels = MOST_LEVELS): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (levels === 0) return Number.NaN;
  const children: unknown[] = Object.values(value);
  const own = Array.isArray(value) ? 0 : children.length;
  return children.reduce<number>((sum, child) => sum + keysOf(child, levels - 1), own);
}
