import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { CHANNEL_TYPES } from '../../../src/alerts/drivers.ts';
import type { Config } from '../../../src/config/config.ts';
import { ConfigError } from '../../../src/config/config-error.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { hold } from '../hold.ts';
import { changed } from '../mutate.ts';
import { changedTree, type Tree } from '../mutate-tree.ts';
import { assertNoSecret, corpus, type Sample } from '../secret.ts';
import type { Target } from '../target.ts';

/** One file, alone or included by another. */
interface Case {
  readonly file: 'main.yaml' | 'main.json' | 'more.yaml' | 'more.json' | 'more.ndjson';
  readonly bytes: Uint8Array;
}

const FILES = ['main.yaml', 'main.json', 'more.yaml', 'more.json', 'more.ndjson'] as const;
const samples = corpus('config');
const trees = samples.flatMap(treeOf);

/** Those that are no tree are changed as texts alone. */
function treeOf({ name, bytes }: Sample): Tree[] {
  const text = Buffer.from(bytes).toString();
  if (name.endsWith('.json')) return [JSON.parse(text)];
  return /aliases|brackets|odd|ndjson/.test(name) ? [] : [parse(text)];
}

const written: fc.Arbitrary<Case> = fc
  .tuple(changedTree(trees), fc.constantFrom('main.yaml' as const, 'main.json' as const))
  .map(([tree, file]) => ({
    file,
    bytes: Buffer.from(file === 'main.json' ? JSON.stringify(tree) : stringify(tree)),
  }));

const anyCase: fc.Arbitrary<Case> = fc.oneof(
  { weight: 5, arbitrary: written },
  { weight: 5, arbitrary: fc.record({ file: fc.constantFrom(...FILES), bytes: changed(samples) }) },
  { weight: 1, arbitrary: fc.record({ file: fc.constantFrom(...FILES), bytes: pathological() }) },
);

function pathological(): fc.Arbitrary<Uint8Array> {
  const many = (pieces: readonly string[], most: number, head = '') =>
    fc
      .tuple(fc.constantFrom(...pieces), fc.integer({ min: 1, max: most }))
      .map(([piece, times]) => Buffer.from(head + piece.repeat(times)));
  const deep = fc
    .tuple(fc.constantFrom('a:', '-', '? '), fc.integer({ min: 1, max: 400 }))
    .map(([key, depth]) =>
      Array.from({ length: depth }, (_, level) => `${' '.repeat(level)}${key}`).join('\n'),
    )
    .map((text) => Buffer.from(text));
  const glob = fc
    .array(fc.constantFrom('**/', '*', '+(', '!(', '{a,', '}', ')', '|', '[', 'a', '?'), { maxLength: 40 })
    .map((parts) => Buffer.from(`version: 1\ninclude: [${JSON.stringify(parts.join(''))}]\n`));
  return fc.oneof(
    many(['[', '{', '[{', '{a: ', '"', "'", '- ', '? ', '|\n', '# x\n', 'a: b: '], 3_000),
    many(['&a ', '*a ', '!!str ', '\n', '\t', '{}\n', '{"id":"a"}\n', '"\\'], 3_000),
    many(['a: 1\n', 'x', '  - {}\n', '  - id: a\n', '  - a\n'], 2_000, 'version: 1\nconnections:\n'),
    deep,
    glob,
  );
}

/** Any bytes are a config, or a ConfigError whose lines are one line each and tell no secret. */
export const configs: Target = {
  name: 'configs',
  share: 3,
  async run({ cases, seed, begin }) {
    const folder = await mkdtemp(join(tmpdir(), 'mcm-fuzz-'));
    try {
      await lay(folder);
      const property = fc.asyncProperty(anyCase, async ({ file, bytes }) => {
        begin();
        const main = file.startsWith('main') ? file : `with-${file}`;
        await loads(join(folder, main), new Map([[join(folder, file), bytes]]), folder);
      });
      await hold(property, { cases, seed });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** The files themselves; what is in them is given with each case. */
async function lay(folder: string): Promise<void> {
  for (const file of FILES) {
    await writeFile(join(folder, file), '', { mode: 0o600 });
    const including = `version: 1\ndefaults: { region: us }\ninclude: [${file}]\n`;
    if (file.startsWith('more')) await writeFile(join(folder, `with-${file}`), including, { mode: 0o600 });
  }
}

async function loads(path: string, contents: ReadonlyMap<string, Uint8Array>, cwd: string): Promise<void> {
  const outcome = await loadConfig(path, { channelTypes: CHANNEL_TYPES, cwd, contents }).catch(
    (error: unknown) => error,
  );
  if (outcome instanceof ConfigError) {
    assert.ok(outcome.issues.length > 0, 'a refusal without a reason');
    for (const issue of outcome.issues) wellTold(issue);
    assertNoSecret(inspect(outcome, { depth: 9 }), 'by the error itself');
  } else if (outcome instanceof Error) throw outcome;
  else {
    const { warnings } = outcome as Config;
    for (const warning of warnings) wellTold(warning);
    // As it would be written to a log.
    assertNoSecret(JSON.stringify(outcome), 'by the config, as JSON');
    assertNoSecret(inspect(outcome, { depth: 9 }), 'by the config, inspected');
  }
  assert.equal(({} as { readonly polluted?: unknown }).polluted, undefined);
}

function wellTold(line: string): void {
  assertNoSecret(line, 'by a message');
  assert.match(line, /^[^\n]+:\d+:\d+: [^\n]+$/, `not one line with its place: ${line.slice(0, 300)}`);
  assert.ok(line.length < 2_000, `a message of ${line.length} characters: ${line.slice(0, 300)}`);
  assert.doesNotMatch(
    line,
    /[\p{Cc}\p{Zl}\p{Zp}]/u,
    `a message that a terminal obeys: ${JSON.stringify(line.slice(0, 300))}`,
  );
}
