import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Path } from '../../src/config/place.ts';
import { parseYamlFile, readPlainFleet } from '../../src/config/plain-fleet.ts';
import { parseYaml } from '../../src/config/yaml.ts';

const HEAD = 'version: 1\ndefaults: { region: us }\nconnections:\n';

/** Of everything in a value and of something that is missing at each place. */
function pathsIn(value: unknown, base: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  const missing = base.length > 1 ? [[...base, 'missing']] : [];
  const inside = Object.entries(value).flatMap(([key, child]): Path[] => {
    const path = [...base, Array.isArray(value) ? Number(key) : key];
    return [path, ...pathsIn(child, path)];
  });
  return [...missing, ...inside];
}

describe('the fast reader of plainly written fleets', () => {
  it.each([
    ['flow references', '  - id: acme\n    clientSecret: { env: ACME }\n    channels: [a, "b"]\n'],
    [
      'nested mappings',
      '  - id: acme\n    clientSecret:\n      file: /run/secrets/acme\n    enabled: false\n',
    ],
    ['no indent', '- id: acme\n  tenant: Müller & Söhne (GmbH)\n- id: globex\n'],
    [
      'comments and empty lines',
      '  # first\n  - id: acme\n\n    # inside\n    tenant: Acme\n# outside\n  - id: globex\n',
    ],
    [
      'things only the library reads',
      '  - id: acme\n    tenant: |\n      - id: no\n    labels:\n    - a: b\n  - {id: globex}\n',
    ],
    [
      'comments behind values',
      '  - id: acme # the first\n    clientSecret: { env: A } # vault\n    tenant: "A #1"\n    labels: # two\n      a: b#c\n      d: e   #f\n',
    ],
    ['keys after the list', '  - id: acme\ndataDir: x\n'],
    [
      'numbers and words',
      '  - id: 1\n    a: 0x1F\n    b: 1e3\n    c: true\n    d: Null\n    e: 2027-03-01\n    f: 1a\n    g:\n',
    ],
    ['texts over several lines', '  - id: acme\n    tenant: Acme\n      Corp\n    b: "one\n      two"\n'],
  ])('reads what the library reads: %s', (_name, text) => {
    expect(readPlainFleet(HEAD + text)?.value).toEqual(parseYaml(HEAD + text).value);
  });

  it.each([
    ['a key twice', '  - id: acme\n    id: globex\n'],
    ['an alias', '  - id: &a acme\n  - id: *a\n'],
    ['another directive', '  - id: acme\n', '%YAML 1.1\n---\n'],
    ['a second list', '  - id: acme\nconnections:\n  - id: globex\n'],
    ['a second document', '  - id: acme\n---\nversion: 1\n'],
    ['a dedented item', '   - id: acme\n  - id: globex\n'],
    ['line ends of Windows', '  - id: acme\r\n'],
    ['no items', ''],
  ])('leaves the file to the library: %s', (_name, text, before = '') => {
    expect(readPlainFleet(before + HEAD + text)).toBeNull();
  });

  it('gives exactly what the library gives, or nothing, for any text made of the usual parts', () => {
    const scalar = fc.oneof(
      fc.constantFrom(
        'acme',
        '5m',
        '1',
        '0x1f',
        '.5',
        '-1',
        '1e5',
        'true',
        'null',
        '~',
        'no',
        "'a'",
        '"b c"',
        '"a\\n"',
      ),
      fc.constantFrom(
        '*a',
        '&a b',
        '!t b',
        '|',
        '>-',
        'a: b',
        'a #c',
        '# c',
        '2027-01-01',
        '/x/y',
        '-',
        '- a',
        '? a',
        '',
      ),
      fc.constantFrom(
        '{ env: A }',
        '{env: A, file: b}',
        '{}',
        '[]',
        '[a, b]',
        '[a,]',
        '{ a }',
        '{ a: 1 }',
        '[ true ]',
        '{a: "x,y"}',
      ),
      fc.string({ maxLength: 8 }).map((text) => text.replaceAll('\n', ' ')),
    );
    const comment = fc.constantFrom('', '', '', ' # c', '  #c', '#c', ' # }', ' #"');
    const key = fc.constantFrom('id', 'tenant', 'labels', 'a', 'true', 'null', '"q"', '<<', '1');
    const indent = fc.constantFrom('', '  ', '  ', '    ', '    ', '    ', '      ', '   ');
    const line = fc.oneof(
      fc
        .tuple(indent, key, scalar, comment)
        .map(([space, name, value, behind]) => `${space}${name}: ${value}${behind}`),
      fc
        .tuple(fc.constantFrom('', '  ', '  ', '    '), key, scalar, comment)
        .map(([space, name, value, behind]) => `${space}- ${name}: ${value}${behind}`),
      fc.tuple(indent, key, comment).map(([space, name, behind]) => `${space}${name}:${behind}`),
      fc.constantFrom('', '# c', '    # c', '---', '...', 'connections:', '  - a', '  -'),
    );
    const text = fc
      .array(line, { maxLength: 10 })
      .map((lines) => `${HEAD}  - id: first\n${lines.join('\n')}`);
    fc.assert(
      fc.property(text, (yaml) => {
        const fast = readPlainFleet(yaml);
        if (fast === null) return;
        const slow = parseYaml(yaml);
        expect(slow.problems).toEqual([]);
        expect(fast.value).toEqual(slow.value);
        for (const path of pathsIn(slow.value).filter((one) => one.join() !== 'connections')) {
          for (const target of ['key', 'value'] as const)
            expect(fast.locate(path, target)).toEqual(slow.locate(path, target));
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('finds positions in a big file as in a small one', () => {
    const items = Array.from({ length: 5_000 }, (_, index) => `  - id: acme-${index}\n    tenant: Acme\n`);
    const parsed = parseYamlFile(HEAD + items.join(''));
    expect(parsed.locate(['connections', 4_999, 'tenant'], 'value')).toEqual({ line: 10_003, column: 13 });
    const behind = parseYamlFile(`${HEAD}${items.join('')}http: { listen: x }\n`);
    expect(behind.locate(['http', 'listen'], 'value')).toEqual({ line: 10_004, column: 17 });
    expect(behind.locate(['defaults', 'region'], 'key')).toEqual({ line: 2, column: 13 });
  });
});
