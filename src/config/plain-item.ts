/**
 * Reads one item of a YAML list that is written in the plainest way: `key: value` lines, values that need no
 * interpretation, `{ }` and `[ ]` on one line, one level of nesting. Whatever is not, is left to the YAML parser:
 * undefined means "not that plain", never "wrong".
 */
export function readPlainItem(lines: readonly string[], indent: number): Record<string, unknown> | undefined {
  const item: Record<string, unknown> = {};
  let nested: { readonly target: Record<string, unknown>; indent: number | null } | null = null;
  for (const [index, line] of lines.entries()) {
    if (isBlank(line)) continue;
    const width = index === 0 ? indent + 2 : indentOf(line);
    const text = line.slice(width);
    if (width === indent + 2) {
      if (nested !== null && nested.indent === null) return undefined;
      nested = null;
      const entry = readEntry(text);
      if (entry === undefined || Object.hasOwn(item, entry.key)) return undefined;
      if (entry.value === undefined) nested = { target: {}, indent: null };
      item[entry.key] = entry.value ?? nested?.target;
      continue;
    }
    if (nested === null || width < indent + 2) return undefined;
    nested.indent ??= width;
    const entry = nested.indent === width ? readEntry(text) : undefined;
    if (entry?.value === undefined || Object.hasOwn(nested.target, entry.key)) return undefined;
    nested.target[entry.key] = entry.value;
  }
  return nested !== null && nested.indent === null ? undefined : item;
}

export function isBlank(line: string): boolean {
  return /^ *(?:#.*)?$/.test(line);
}

export function indentOf(line: string): number {
  let width = 0;
  while (line.charCodeAt(width) === 32) width += 1;
  return width;
}

interface Entry {
  readonly key: string;
  /** Undefined when nothing stands behind the colon. */
  readonly value: unknown;
}

const ENTRY = /^([A-Za-z][A-Za-z0-9_]*):(?: +([^ ].*))?$/;

/** Words that YAML reads as something other than text. */
const WORD = /^(?:null|Null|NULL|true|True|TRUE|false|False|FALSE)$/;
const NUMBER = /^(?:0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)$/;
const PLAIN = /^[\p{L}\p{N}_/](?:[\p{L}\p{N} _/.@+&()'=-]*[\p{L}\p{N}_/.@+&()'=-])?$/u;
const QUOTED = /^(?:"([^"\\\p{Cc}]*)"|'([^'\p{Cc}]*)')$/u;

function readEntry(text: string): Entry | undefined {
  const match = ENTRY.exec(text);
  const key = match?.[1];
  if (key === undefined || WORD.test(key)) return undefined;
  // A ` #` inside quotes is torn off as well, and what is left is no longer plain.
  const rest = match?.[2]?.replace(/(?:^| )#.*$/, '').trimEnd();
  if (rest === undefined || rest === '') return { key, value: undefined };
  const value = rest.startsWith('{')
    ? readFlowMap(rest)
    : rest.startsWith('[')
      ? readFlowList(rest)
      : readScalar(rest);
  return value === undefined ? undefined : { key, value };
}

function readScalar(text: string): string | boolean | undefined {
  if (PLAIN.test(text)) {
    if (text === 'true' || text === 'false') return text === 'true';
    return WORD.test(text) || NUMBER.test(text) ? undefined : text;
  }
  const quoted = QUOTED.exec(text);
  return quoted?.[1] ?? quoted?.[2];
}

/** A comma inside quotes tears them apart, and the pieces are no longer plain. */
function readFlowMap(text: string): Record<string, unknown> | undefined {
  if (!text.endsWith('}')) return undefined;
  const map: Record<string, unknown> = {};
  const inner = text.slice(1, -1).trim();
  if (inner === '') return map;
  for (const part of inner.split(',')) {
    const match = ENTRY.exec(part.trim());
    const [key, value] = [match?.[1], readScalar(match?.[2] ?? '')];
    if (key === undefined || value === undefined || WORD.test(key) || Object.hasOwn(map, key))
      return undefined;
    map[key] = value;
  }
  return map;
}

function readFlowList(text: string): unknown[] | undefined {
  if (!text.endsWith(']')) return undefined;
  const inner = text.slice(1, -1).trim();
  const list = inner === '' ? [] : inner.split(',').map((part) => readScalar(part.trim()));
  return list.includes(undefined) ? undefined : list;
}
