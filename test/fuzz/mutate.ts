import fc from 'fast-check';
import type { Sample } from './secret.ts';

/** What has meant something to some parser. */
const TOKENS: readonly string[] = [
  ...[
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    ',',
    ';',
    ':',
    ': ',
    '\n',
    '\r',
    '\r\n',
    '\t',
    ' ',
    '- ',
    '? ',
    '# ',
    '---\n',
    '...\n',
  ],
  ...[
    '&a ',
    '*a',
    '<<: *a',
    '!!binary ',
    '!!js/function ',
    '%YAML 1.1\n',
    '|\n',
    '>-\n',
    '~',
    'null',
    'true',
    '.inf',
    '0x10',
  ],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '1e999', '-0', '9'.repeat(400)],
  ...[
    '\0',
    '\u001b[2J',
    '\u202e',
    '\u2028',
    '\ufeff',
    '\ud83d\ude00',
    '\\u0000',
    '\\ud800',
    '%00',
    '%ff',
    '%2e%2e%2f',
  ],
  ...[
    'clientSecret',
    'clientId',
    'id: ',
    'include: ["**/*"]',
    'connections:',
    'version: 1\n',
    '&',
    '=',
    '?',
    '/',
    '..',
  ],
  ...[
    'a'.repeat(5_000),
    ' '.repeat(5_000),
    '('.repeat(500),
    'content-length: 0\r\n',
    'transfer-encoding: chunked\r\n',
  ],
];

interface Change {
  /** Where, as parts of the whole, so that it fits whatever the changes before it left. */
  readonly at: number;
  readonly length: number;
  readonly kind: 'flip' | 'drop' | 'repeat' | 'insert' | 'cut' | 'splice';
  readonly value: number;
}

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.integer({ min: 0, max: 9_999 }),
  length: fc.integer({ min: 1, max: 60 }),
  kind: fc.constantFrom('flip', 'drop', 'repeat', 'insert', 'insert', 'cut', 'splice'),
  value: fc.nat(0xffff),
});

const MOST_BYTES = 200_000;

/** Files of the corpus, changed a little here and there, and at times nothing but bytes. */
export function changed(samples: readonly Sample[]): fc.Arbitrary<Uint8Array> {
  const origin = fc.constantFrom(...samples.map(({ bytes }) => bytes));
  const mutated = fc
    .tuple(origin, fc.array(change, { maxLength: 6 }))
    .map(([bytes, changes]) => changes.reduce((now, one) => apply(now, one, samples), bytes));
  return fc.oneof(
    { weight: 12, arbitrary: mutated },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 600 }) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 600 }).map((text) => Buffer.from(text)) },
    {
      weight: 1,
      arbitrary: fc
        .array(fc.constantFrom(...TOKENS), { maxLength: 60 })
        .map((all) => Buffer.from(all.join(''))),
    },
  );
}

function apply(
  bytes: Uint8Array,
  { at, length, kind, value }: Change,
  samples: readonly Sample[],
): Uint8Array {
  const start = Math.floor((at / 10_000) * bytes.length);
  const end = Math.min(bytes.length, start + length);
  const [before, part, after] = [bytes.subarray(0, start), bytes.subarray(start, end), bytes.subarray(end)];
  switch (kind) {
    case 'flip':
      return joined(
        before,
        part.map((byte) => byte ^ (value & 0xff)),
        after,
      );
    case 'drop':
      return joined(before, after);
    case 'repeat':
      return joined(before, ...Array<Uint8Array>(1 + (value % 200)).fill(part), after);
    case 'insert':
      return joined(before, Buffer.from(TOKENS[value % TOKENS.length] ?? ''), part, after);
    case 'cut':
      return before;
    case 'splice': {
      const other = samples[value % samples.length]?.bytes ?? bytes;
      return joined(before, other.subarray(Math.floor((at / 10_000) * other.length)));
    }
    default:
      return kind satisfies never;
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts).subarray(0, MOST_BYTES);
}
