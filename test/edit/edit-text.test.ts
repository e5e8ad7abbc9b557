import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseJson, parseJsonLines } from '../../src/config/json.ts';
import { parseYaml } from '../../src/config/yaml.ts';
import { editText } from '../../src/edit/edit-text.ts';
import type { Entry, ListChange, Settings, Value } from '../../src/edit/entry.ts';
import { applySplices } from '../../src/edit/splice.ts';

type Model = Readonly<Record<string, Value>>;

/** One way in which people write a fleet, and how its text is read. */
interface Hand {
  readonly name: string;
  readonly file: string;
  readonly write: (fleet: readonly Model[], chance: () => number) => string;
}

function read(file: string, text: string): unknown {
  const parse = file.endsWith('.ndjson') ? parseJsonLines : file.endsWith('.json') ? parseJson : parseYaml;
  const { value, problems } = parse(text);
  expect(problems).toEqual([]);
  return (value as { connections?: unknown }).connections;
}

const quoted = (value: Value) => JSON.stringify(value);

/** Comments, empty lines, quotes and nesting as they come. */
function dashes(indent: string, eol: string): Hand['write'] {
  return (fleet, chance) => {
    const lines = ['# A head.', 'version: 1', 'connections: # the fleet'];
    for (const [index, entry] of fleet.entries()) {
      if (chance() < 0.3) lines.push('');
      if (chance() < 0.3) lines.push(`${indent}# About ${index}.`);
      if (chance() < 0.1) lines.push(`${indent}# - id: was-here`, `${indent}#   tenant: Was`);
      if (chance() < 0.2) {
        lines.push(`${indent}- ${quoted(entry)}`);
        continue;
      }
      for (const [place, [key, value]] of Object.entries(entry).entries()) {
        const start = `${indent}${place === 0 ? '- ' : '  '}${key}:`;
        const note = chance() < 0.2 ? ' # a note' : '';
        const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
        if (isMap && chance() < 0.5) {
          lines.push(start + note);
          for (const [name, one] of Object.entries(value)) lines.push(`${indent}    ${name}: ${quoted(one)}`);
        } else if (typeof value === 'string' && chance() < 0.1) {
          lines.push(`${start} >-`, `${indent}    ${value}`);
        } else lines.push(`${start} ${quoted(value)}${note}`);
        if (chance() < 0.1) lines.push(`${indent}  # interval: 1m`);
      }
    }
    if (fleet.length === 0) lines[2] = chance() < 0.5 ? 'connections: []' : 'connections: [] # none';
    if (chance() < 0.5) lines.push('', '# A foot.', 'dataDir: ./data');
    return lines.join(eol) + (chance() < 0.7 ? eol : '');
  };
}

const HANDS: readonly Hand[] = [
  { name: 'dashes', file: 'a.yaml', write: dashes('  ', '\n') },
  { name: 'dashes at the margin', file: 'a.yaml', write: dashes('', '\n') },
  { name: 'dashes with line ends of Windows', file: 'a.yaml', write: dashes('    ', '\r\n') },
  {
    name: 'brackets in YAML',
    file: 'a.yaml',
    write: (fleet, chance) =>
      `version: 1\nconnections: [\n${fleet
        .map((entry, index) => {
          const last = index === fleet.length - 1 && chance() < 0.5;
          return `  ${quoted(entry)}${last ? '' : ','}${chance() < 0.3 ? ' # a note, with a comma' : ''}\n`;
        })
        .join('')}]\ndataDir: ./data\n`,
  },
  {
    name: 'JSON in lines',
    file: 'a.json',
    write: (fleet) => JSON.stringify({ version: 1, connections: fleet }, null, 2),
  },
  {
    name: 'JSON without spaces',
    file: 'a.json',
    write: (fleet) => JSON.stringify({ connections: fleet, version: 1 }),
  },
  {
    name: 'JSON with tabs',
    file: 'a.json',
    write: (fleet) => JSON.stringify({ connections: fleet }, null, '\t'),
  },
  {
    name: 'one object per line',
    file: 'a.ndjson',
    write: (fleet, chance) =>
      fleet
        .map((entry) => `${quoted(entry)}\n${chance() < 0.2 ? '\n' : ''}`)
        .join('')
        .slice(0, chance() < 0.3 ? -1 : undefined),
  },
];

const text = fc.oneof(
  fc.constantFrom(
    'two\nlines',
    'Acme Corp',
    "O'Neil, Inc.",
    'a: b',
    '# no comment',
    '- dash',
    '{x}',
    '[y]',
    'true',
    '12',
    'null',
    '',
    '"',
    "'",
    '*a',
    '&b',
    '!c',
    '%d',
    '@e',
    '`f',
    'g #h',
    'i:',
    '2027-03-01',
    '~',
    'Ü',
    'x\\y',
  ),
  fc.string({ unit: 'grapheme-ascii', maxLength: 12 }),
);
const folded = fc.constantFrom('Acme Corp', 'Globex');
const settings: fc.Arbitrary<Settings> = fc.record(
  {
    tenant: fc.option(text, { nil: undefined }),
    enabled: fc.option(fc.boolean(), { nil: undefined }),
    labels: fc.option(fc.dictionary(fc.constantFrom('tier', 'owner'), text, { minKeys: 1 }), {
      nil: undefined,
    }),
    channels: fc.constant(['soc', 'desk']),
    note: text,
  },
  { requiredKeys: [] },
);

function entryArbitrary(tenant: fc.Arbitrary<string>): fc.Arbitrary<Model> {
  return fc.record(
    {
      tenant,
      clientSecret: fc.constantFrom<Value>({ env: 'ACME' }, { file: '/run/secrets/acme' }, 'written-out'),
      enabled: fc.boolean(),
      labels: fc.dictionary(fc.constantFrom('tier', 'owner'), fc.constantFrom('gold', 'a, b'), {
        minKeys: 1,
      }),
    },
    { requiredKeys: ['clientSecret'] },
  );
}

function named(prefix: string, models: readonly Model[]): readonly Entry[] {
  return models.map((model, index) => ({ id: `${prefix}-${index}`, ...model }));
}

function after(fleet: readonly Entry[], { removed, changed, added }: ListChange): unknown {
  const kept = fleet.flatMap((entry, index) => {
    if (removed.has(index)) return [];
    return [JSON.parse(JSON.stringify({ ...entry, ...changed.get(index) }))];
  });
  return [...kept, ...added];
}

describe.each(HANDS)('a list written as $name', ({ file, write }) => {
  const cases = fc.record({
    fleet: fc.array(entryArbitrary(folded), { maxLength: 6 }).map((models) => named('acme', models)),
    added: fc.array(entryArbitrary(text), { maxLength: 3 }).map((models) => named('globex', models)),
    fates: fc.array(fc.oneof(fc.constant('kept' as const), fc.constant('removed' as const), settings), {
      minLength: 6,
      maxLength: 6,
    }),
    chances: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 120, maxLength: 120 }),
  });

  it('means afterwards what was asked for, and everything untouched is still there, byte for byte', () => {
    fc.assert(
      fc.property(cases, (input) => {
        const rest = input.chances.values();
        const before = write(input.fleet, () => rest.next().value ?? 0.99);
        const indices = [...input.fleet.keys()];
        const change: ListChange = {
          removed: new Set(indices.filter((index) => input.fates[index] === 'removed')),
          changed: new Map(
            indices.flatMap((index) => {
              const fate = input.fates[index];
              return typeof fate === 'object' ? [[index, fate] as const] : [];
            }),
          ),
          added: input.added,
        };
        const { splices, region } = editText(file, before, change);
        const result = applySplices(before, splices);
        expect(read(file, result) ?? []).toEqual(after(input.fleet, change));
        for (const { start, end } of splices) {
          expect(start).toBeGreaterThanOrEqual(region.start);
          expect(end).toBeLessThanOrEqual(region.end);
        }
        // Untouched entries keep their very text.
        for (const index of indices) {
          if (change.removed.has(index) || change.changed.has(index)) continue;
          const own = editText(file, before, { removed: new Set(), changed: new Map(), added: [] }).entries[
            index
          ];
          expect(result).toContain(before.slice(own?.start, own?.end));
        }
        if (before.includes('\r\n')) expect(result).not.toMatch(/[^\r]\n/);
      }),
      { numRuns: 100 },
    );
  });

  it('is not touched by a change of nothing', () => {
    fc.assert(
      fc.property(cases, ({ fleet, chances }) => {
        const rest = chances.values();
        const before = write(fleet, () => rest.next().value ?? 0.99);
        expect(editText(file, before, { removed: new Set(), changed: new Map(), added: [] }).splices).toEqual(
          [],
        );
      }),
      { numRuns: 50 },
    );
  });
});
