import {
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  Parser,
  type YAMLMap,
  YAMLParseError,
} from 'yaml';
import { shallowOnly, TooDeepError } from './levels.ts';
import type { Path, Position, Target } from './place.ts';

/** A mistake in the text itself, found before anything is known about its meaning. */
export interface TextProblem {
  readonly position: Position;
  readonly path: Path;
  readonly message: string;
  /** Something is left out of the value there, so that it only seems to be missing. */
  readonly hole?: true;
}

export interface ParsedYaml {
  /** Plain objects, arrays and scalars, with holes where a problem says so; undefined when nothing was understood. */
  readonly value: unknown;
  readonly problems: readonly TextProblem[];
  locate(path: Path, target: Target): Position;
}

const START: Position = { line: 1, column: 1 };

/**
 * Parses YAML 1.2 (and with it JSON). Aliases, anchors, merge keys and tags are refused: `defaults` does their work,
 * and a reader sees what holds without looking elsewhere; it also makes alias bombs impossible.
 */
export function parseYaml(text: string): ParsedYaml {
  const lines = new LineCounter();
  const document = compose(text, lines);
  if (document === null) {
    const message = 'is nested too deeply to be read; a config needs no more than six levels';
    return { value: undefined, problems: [{ position: START, path: [], message }], locate: () => START };
  }
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const locate = (path: Path, target: Target) => position(offsetOf(document.contents, path, target));
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => ({
      position: position(error.pos[0]),
      path: [],
      message: SYNTAX_MESSAGES[error.code] ?? 'is not valid YAML here',
    }));
    return { value: undefined, problems, locate };
  }
  const problems: TextProblem[] = [];
  const value = plain(document.contents, [], (node, path, message, loss) => {
    const at = { position: position(node?.range?.[0] ?? 0), path: [...path], message };
    problems.push(loss === 'nothing' ? at : { ...at, hole: true });
  });
  // A merge at the very top could have brought anything.
  const nothing = problems.some(({ path, hole }) => hole && path.length === 1 && path[0] === '<<');
  return { value: nothing ? undefined : value, problems, locate };
}

/** As the library's `parseDocument`, but null for what is nested too deeply. */
function compose(text: string, lineCounter: LineCounter): Document.Parsed | null {
  // Duplicate keys are found below, where their path is known.
  const composer = new Composer({ uniqueKeys: false, logLevel: 'error' });
  const tokens = new Parser(lineCounter.addNewLine).parse(text);
  try {
    const [document, another] = composer.compose(shallowOnly(tokens), true, text.length);
    if (document === undefined) throw new Error('The YAML library gave no document at all.');
    if (another !== undefined) {
      document.errors.push(new YAMLParseError([another.range[0], another.range[1]], 'MULTIPLE_DOCS', ''));
    }
    return document;
  } catch (error) {
    if (error instanceof TooDeepError) return null;
    throw error;
  }
}

/**
 * The library's own messages quote the text, which may be a secret: these don't. Codes that are not listed can
 * only be met with anchors, aliases and tags in odd places.
 */
const SYNTAX_MESSAGES: Readonly<Record<string, string>> = {
  BAD_DQ_ESCAPE:
    'has an unknown \\ sequence in "double quotes"; use \'single quotes\' for a text with backslashes',
  BAD_INDENT: 'is not indented as it should be; line it up with its neighbours, two spaces per level',
  BAD_SCALAR_START:
    'starts with a character that has a meaning in YAML (@ ` % & * ! |); put the text in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'has two colons on one line; put a text that holds ": " in quotes',
  BLOCK_IN_FLOW: 'mixes the styles of YAML; inside { } and [ ] only those may be used',
  KEY_OVER_1024_CHARS: 'has a key of more than 1024 characters; is a quote or a line break missing?',
  MISSING_CHAR: 'lacks a character here: a closing quote or bracket, a comma, or the space after a colon',
  MULTILINE_IMPLICIT_KEY: 'has a key that goes over several lines; is a colon missing?',
  MULTIPLE_DOCS: 'holds more than one document; leave out the line ---',
  TAB_AS_INDENT: 'is indented with a tab; use spaces',
  UNEXPECTED_TOKEN:
    'has something here that does not belong; is a quote, bracket or colon missing before it?',
};

/** Where a value is left out, it must not be said to be missing as well. */
type Complain = (node: Node | null, path: Path, message: string, loss: 'nothing' | 'value') => void;

function plain(node: Node | null, path: (string | number)[], complain: Complain): unknown {
  if (node === null) return null;
  if (isAlias(node)) {
    complain(
      node,
      path,
      'is a YAML alias; write the value out, or use defaults for what all connections share',
      'value',
    );
    return undefined;
  }
  if ('anchor' in node && node.anchor !== undefined) {
    complain(
      node,
      path,
      'carries a YAML anchor; leave it out (aliases are not supported, defaults is)',
      'nothing',
    );
  }
  if (node.tag !== undefined) complain(node, path, 'carries a YAML tag; leave it out', 'nothing');
  if (isScalar(node)) return node.value;
  if (isMap<Node, Node | null>(node)) return plainMap(node, path, complain);
  if (!isSeq<Node | null>(node)) return undefined;
  return node.items.map((item, index) => {
    path.push(index);
    const value = plain(item, path, complain);
    path.pop();
    return value;
  });
}

function plainMap(node: YAMLMap<Node, Node | null>, path: (string | number)[], complain: Complain): unknown {
  const value: Record<string, unknown> = {};
  for (const pair of node.items) {
    const key = keyOf(pair);
    if (key === null) {
      complain(pair.key, path, 'has a key that is not a plain text', 'nothing');
      continue;
    }
    path.push(key);
    if (key === '<<') {
      complain(pair.key, path, 'is a merge key; use defaults for what all connections share', 'value');
    } else if (key === '__proto__') {
      complain(pair.key, path, 'is not a known key; leave it out', 'nothing');
    } else if (Object.hasOwn(value, key)) {
      complain(pair.key, path, 'is given twice in the same place; keep one of them', 'nothing');
    } else {
      value[key] = plain(pair.value, path, complain);
    }
    path.pop();
  }
  return value;
}

function keyOf(pair: Pair<Node, Node | null>): string | null {
  const key = pair.key;
  if (!isScalar(key) || key.value === null || key.anchor !== undefined) return null;
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
}

/** Follows a path as far as it exists and returns the offset of what it found; of its key for `key`. */
function offsetOf(contents: Node | null, path: Path, target: Target): number {
  let node: Node | null = contents;
  let offset = node?.range?.[0] ?? 0;
  for (const [depth, segment] of path.entries()) {
    const last = depth === path.length - 1;
    if (isSeq<Node | null>(node) && typeof segment === 'number') {
      node = node.items[segment] ?? null;
    } else if (isMap<Node, Node | null>(node)) {
      const pair: Pair<Node, Node | null> | undefined = node.items.find(
        (item) => keyOf(item) === String(segment),
      );
      if (pair === undefined) return offset;
      const keyOffset = pair.key.range?.[0] ?? offset;
      if (last && target === 'key') return keyOffset;
      node = pair.value;
      offset = keyOffset;
    } else {
      return offset;
    }
    offset = node?.range?.[0] ?? offset;
  }
  return offset;
}
