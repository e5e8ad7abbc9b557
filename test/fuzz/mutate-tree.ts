import fc from 'fast-check';
import { SECRET } from './secret.ts';

/** A value as a config holds it. */
export type Tree = string | number | boolean | null | readonly Tree[] | { readonly [key: string]: Tree };

const NAMES = [
  ...[
    'id',
    'tenant',
    'region',
    'baseUrl',
    'clientId',
    'clientSecret',
    'interval',
    'labels',
    'channels',
    'probe',
    'match',
  ],
  ...[
    'version',
    'checks',
    'alerts',
    'routes',
    'redis',
    'http',
    'defaults',
    'include',
    'connections',
    'type',
    'url',
    'kind',
  ],
  ...['__proto__', 'constructor', '', ' ', 'a\nb', '\u202e', 'x'.repeat(300)],
];

const leaf: fc.Arbitrary<Tree> = fc.oneof(
  fc.constantFrom<Tree>(
    null,
    true,
    0,
    -1,
    1,
    1e21,
    '',
    ' ',
    'us',
    'usa',
    '5min',
    '1m',
    '0s',
    '99999999d',
    '2027-02-30',
  ),
  fc.constantFrom<Tree>(
    'https://',
    'https://us-api.mimecast.com',
    'http://127.0.0.1:1/',
    'ftp://x',
    'https://u:p@x/?a#b',
  ),
  fc.constantFrom<Tree>(
    '**/*',
    '{a,b}{a,b}',
    '+(a|+(b))',
    '[',
    '../../*',
    'a'.repeat(70),
    'é',
    '\ud800',
    '\0',
  ),
  fc.string({ maxLength: 40 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const value: fc.Arbitrary<Tree> = fc.oneof(
  { weight: 4, arbitrary: leaf },
  { weight: 1, arbitrary: fc.array(leaf, { maxLength: 4 }) },
  { weight: 1, arbitrary: fc.dictionary(fc.constantFrom(...NAMES), leaf, { maxKeys: 4 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 200 }).map((depth) => nested(depth)) },
);

function nested(depth: number): Tree {
  let tree: Tree = [];
  for (let level = 0; level < depth; level += 1) tree = level % 2 === 0 ? [tree] : { a: tree };
  return tree;
}

interface Change {
  readonly node: number;
  readonly kind: 'replace' | 'drop' | 'rename' | 'add' | 'double' | 'wrap';
  readonly name: string;
  readonly value: Tree;
}

const change: fc.Arbitrary<Change> = fc.record({
  node: fc.nat(9_999),
  kind: fc.constantFrom('replace', 'replace', 'drop', 'rename', 'add', 'double', 'wrap'),
  name: fc.constantFrom(...NAMES),
  value,
});

/** A config with some of its parts gone, exchanged, renamed, doubled or one level too deep. */
export function changedTree(origins: readonly Tree[]): fc.Arbitrary<Tree> {
  return fc
    .tuple(fc.constantFrom(...origins), fc.array(change, { minLength: 1, maxLength: 5 }))
    .map(([tree, changes]) => changes.reduce((now, one) => apply(now, one), tree));
}

function apply(tree: Tree, wanted: Change): Tree {
  let left = wanted.node % countOf(tree);
  const visit = (node: Tree): Tree => {
    const here = left === 0;
    left -= 1;
    if (here) return changedNode(node, wanted);
    if (Array.isArray(node)) return node.map(visit);
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, visit(child)]));
  };
  return visit(tree);
}

function changedNode(node: Tree, { kind, name, value: given }: Change): Tree {
  switch (kind) {
    case 'replace':
      return given;
    case 'wrap':
      return [node];
    case 'double':
      return Array.isArray(node) ? [...node, ...node] : node;
    case 'drop':
      return without(node, name);
    case 'add':
      return isObject(node) ? { ...node, [name]: given } : node;
    case 'rename': {
      // A secret stays where secrets stand: a name is told.
      const [first] = Object.entries(isObject(node) ? node : {}).filter(([, child]) => !holdsSecret(child));
      return first === undefined ? node : { ...(without(node, first[0]) as object), [name]: first[1] };
    }
    default:
      return kind satisfies never;
  }
}

function without(node: Tree, name: string): Tree {
  if (Array.isArray(node)) return node.slice(1);
  if (!isObject(node)) return node;
  const keys = Object.keys(node);
  const gone = keys.includes(name) ? name : keys[0];
  return Object.fromEntries(Object.entries(node).filter(([key]) => key !== gone));
}

function isObject(node: Tree): node is { readonly [key: string]: Tree } {
  return typeof node === 'object' && node !== null && !Array.isArray(node);
}

function holdsSecret(node: Tree): boolean {
  return JSON.stringify(node)?.includes(SECRET) ?? false;
}

function countOf(node: Tree): number {
  if (typeof node !== 'object' || node === null) return 1;
  return 1 + Object.values(node).reduce<number>((sum, child) => sum + countOf(child), 0);
}
