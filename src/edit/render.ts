import { stringify } from 'yaml';
import type { Entry, Value } from './entry.ts';

/** How new text is written, so that it looks like what stands around it. */
export interface Manner {
  readonly language: 'yaml' | 'json';
  /** What ends a line. */
  readonly eol: string;
  /** JSON on one line without any white space. */
  readonly compact?: boolean;
}

/** On one line, whatever the value. */
export function renderValue(value: Value, manner: Manner): string {
  if (manner.language === 'yaml') return yamlFlow(value);
  // The text of a string holds no line break, so that these are between values.
  return manner.compact === true
    ? JSON.stringify(value)
    : JSON.stringify(value, null, 1).replace(/\n */g, ' ');
}

export function renderPair(key: string, value: Value, manner: Manner): string {
  const colon = manner.compact === true ? ':' : ': ';
  return `${renderValue(key, manner)}${colon}${renderValue(value, manner)}`;
}

/** The `key: value` lines of an entry of a YAML list, each for a line of its own. */
export function renderPairs(entry: Entry, manner: Manner): readonly string[] {
  return Object.entries(entry).map(([key, value]) => renderPair(key, value, manner));
}

function yamlFlow(value: Value): string {
  if (value === null || typeof value !== 'object') return yamlScalar(value);
  if (isList(value)) return `[${value.map(yamlFlow).join(', ')}]`;
  const pairs = Object.entries(value).map(([key, item]) => `${yamlScalar(key)}: ${yamlFlow(item)}`);
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
}

function isList(value: object): value is readonly Value[] {
  return Array.isArray(value);
}

/** Quoted where it would mean something else, be it inside `{ }` and `[ ]` or not. */
function yamlScalar(value: string | number | boolean | null): string {
  // The library would lay a text with line breaks out over several lines; in the manner of JSON it is YAML as well.
  if (typeof value === 'string' && /\p{Cc}/u.test(value)) return JSON.stringify(value);
  const list = stringify([value], { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 });
  return list.trim().slice(1, -1);
}
