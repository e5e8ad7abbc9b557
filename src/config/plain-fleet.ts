import type { Path, Position, Target } from './place.ts';
import { indentOf, isBlank, readPlainItem } from './plain-item.ts';
import { type ParsedYaml, parseYaml } from './yaml.ts';

/** Below this many characters the YAML parser is fast enough alone. */
const BIG = 4_000;

/**
 * Parses a YAML file. The library needs some 250 µs for a connection, so that a big fleet would take seconds: in a big
 * file the connections that are written plainly are read line by line, some thirty times faster, and only the rest is
 * given to the library. Where anything is doubtful the library reads the whole file, and its word counts.
 */
export function parseYamlFile(text: string): ParsedYaml {
  const fleet = text.length < BIG ? null : readPlainFleet(text);
  if (fleet === null) return parseYaml(text);
  let whole: ParsedYaml | null = null;
  return {
    value: fleet.value,
    problems: [],
    locate: (path, target) => {
      const known = fleet.locate(path, target);
      if (known !== null) return known;
      whole ??= parseYaml(text);
      return whole.locate(path, target);
    },
  };
}

interface PlainFleet {
  /** Equal to what the library would give. */
  readonly value: unknown;
  /** The place of anything but the list of connections as such, without reading all of them once more. */
  locate(path: Path, target: Target): Position | null;
}

/** The content of the file, or null when it is not certain. */
export function readPlainFleet(text: string): PlainFleet | null {
  // Directives change what words mean; line ends of Windows are left to the library.
  if (text.includes('\r') || /^%/m.test(text)) return null;
  const lines = text.split('\n');
  const start = lines.indexOf('connections:');
  if (start < 0) return null;
  const length = lines.slice(start + 1).findIndex((line) => !/^(?: |#|- |$)/.test(line));
  const end = length < 0 ? lines.length : start + 1 + length;
  const inside = lines.slice(start + 1, end);
  const items = readItems(inside);
  if (items === null) return null;
  const rest = parseYaml([...lines.slice(0, start), 'connections: []', ...lines.slice(end)].join('\n'));
  const { value, problems } = rest;
  if (problems.length > 0 || typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return {
    value: { ...value, connections: items.map((item) => item.value) },
    locate: (path, target) => {
      if (path.length > 0 && path[0] !== 'connections') {
        const { line, column } = rest.locate(path, target);
        return { line: line <= start + 1 ? line : line + end - start - 1, column };
      }
      const item = typeof path[1] === 'number' ? items[path[1]] : undefined;
      if (item === undefined) return null;
      const text = inside.slice(item.begin, item.end).join('\n');
      const { line, column } = parseYaml(text).locate([0, ...path.slice(2)], target);
      return { line: line + start + 1 + item.begin, column };
    },
  };
}

interface Item {
  readonly value: unknown;
  /** Its lines among those of the list; the end is not one of them. */
  readonly begin: number;
  readonly end: number;
}

function readItems(lines: readonly string[]): readonly Item[] | null {
  const first = lines.findIndex((line) => !isBlank(line));
  if (first < 0) return null;
  const indent = indentOf(lines[first] ?? '');
  const starts: number[] = [];
  for (let index = first; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (isBlank(line)) continue;
    const width = indentOf(line);
    if (width < indent) return null;
    if (width > indent) continue;
    // The two columns after the indent are `- `, and the first key follows at once.
    if (!/^- [^ ]/.test(line.slice(width))) return null;
    starts.push(index);
  }
  const items: Item[] = [];
  for (const [number, begin] of starts.entries()) {
    const end = starts[number + 1] ?? lines.length;
    const item = readItem(lines.slice(begin, end), indent);
    if (item === null) return null;
    items.push({ value: item.value, begin, end });
  }
  return items;
}

function readItem(lines: readonly string[], indent: number): { readonly value: unknown } | null {
  const plain = readPlainItem(lines, indent);
  if (plain !== undefined) return { value: plain };
  const { value, problems } = parseYaml(lines.join('\n'));
  return problems.length === 0 && Array.isArray(value) && value.length === 1 ? { value: value[0] } : null;
}
