import { describe, expect, it } from '@jest/globals';
import { editText } from '../../src/edit/edit-text.ts';
import type { ListChange } from '../../src/edit/entry.ts';
import { applySplices } from '../../src/edit/splice.ts';

const NOTHING: ListChange = { removed: new Set(), changed: new Map(), added: [] };
const INITECH = { id: 'initech', clientSecret: { file: 'secrets.d/initech' } };

function edited(text: string, change: Partial<ListChange>, name = 'tenants.yaml'): string {
  return applySplices(text, editText(name, text, { ...NOTHING, ...change }).splices);
}

describe('an added entry', () => {
  const cases: readonly (readonly [name: string, before: string, after: string])[] = [
    [
      'follows the last one, in its indentation',
      'connections:\n    -   id: acme\n        region: us\n',
      'connections:\n    -   id: acme\n        region: us\n    -   id: initech\n        clientSecret: { file: secrets.d/initech }\n',
    ],
    [
      'is set off by an empty line where the others are, and stands before what comes after the list',
      'connections:\n  - id: acme\n\n  - id: globex\n    region: us\n\n  # - id: old\n\n# How to check.\nchecks: {}\n',
      'connections:\n  - id: acme\n\n  - id: globex\n    region: us\n\n  - id: initech\n    clientSecret: { file: secrets.d/initech }\n\n  # - id: old\n\n# How to check.\nchecks: {}\n',
    ],
    [
      'is written in braces where the last one is',
      'connections:\n  - { id: acme }\n',
      'connections:\n  - { id: acme }\n  - { id: initech, clientSecret: { file: secrets.d/initech } }\n',
    ],
    [
      'makes a list of an empty one, and keeps the comments around it',
      '# Mine.\nconnections: [] # none yet\n# The end.\n',
      '# Mine.\nconnections: # none yet\n  - id: initech\n    clientSecret: { file: secrets.d/initech }\n# The end.\n',
    ],
    [
      'makes a list where there is none, on a new line',
      'version: 1',
      'version: 1\nconnections:\n  - id: initech\n    clientSecret: { file: secrets.d/initech }\n',
    ],
    [
      'ends its lines as the file does',
      'version: 1\r\nconnections:\r\n  - id: acme',
      'version: 1\r\nconnections:\r\n  - id: acme\r\n  - id: initech\r\n    clientSecret: { file: secrets.d/initech }\r\n',
    ],
    [
      'stands at the margin where the others do',
      'connections:\n- id: acme\nversion: 1\n',
      'connections:\n- id: acme\n- id: initech\n  clientSecret: { file: secrets.d/initech }\nversion: 1\n',
    ],
  ];
  it.each(cases)('%s', (_, before, after) => {
    expect(edited(before, { added: [INITECH] })).toBe(after);
  });

  it('is one more line of an *.ndjson file, spaced as the last one', () => {
    expect(edited('{"id":"acme"}', { added: [INITECH] }, 'a.ndjson')).toBe(
      '{"id":"acme"}\n{"id":"initech","clientSecret":{"file":"secrets.d/initech"}}\n',
    );
    expect(edited('{ "id": "acme" }\n', { added: [INITECH] }, 'a.ndjson')).toBe(
      '{ "id": "acme" }\n{ "id": "initech", "clientSecret": { "file": "secrets.d/initech" } }\n',
    );
  });

  it('is laid out in JSON as its neighbour is', () => {
    const before = '{\n  "connections": [\n    {\n      "id": "acme"\n    }\n  ],\n  "version": 1\n}\n';
    expect(edited(before, { added: [INITECH] }, 'a.json')).toBe(
      '{\n  "connections": [\n    {\n      "id": "acme"\n    },\n    {\n      "id": "initech",\n      "clientSecret": { "file": "secrets.d/initech" }\n    }\n  ],\n  "version": 1\n}\n',
    );
    expect(edited('{"version": 1}', { added: [INITECH] }, 'a.json')).toBe(
      '{"version": 1, "connections": [{ "id": "initech", "clientSecret": { "file": "secrets.d/initech" } }]}',
    );
  });
});

describe('a removed entry', () => {
  const FLEET = `connections:
  # Acme: ask Kim.
  # They have two.
  - id: acme
    region: us
    # interval: 1m

  # ---- Gold ----

  - id: globex # the main one

  # - id: hooli
  #   region: uk
  - id: initech
    region: uk
  # The end.
`;

  it('takes the comments right above it and inside it along', () => {
    expect(edited(FLEET, { removed: new Set([0]) })).toBe(
      FLEET.slice(0, 13) + FLEET.slice(FLEET.indexOf('  # ---- Gold')),
    );
  });

  it('leaves headings and entries that were commented out where they are', () => {
    expect(edited(FLEET, { removed: new Set([1]) })).toBe(
      FLEET.replace('\n  - id: globex # the main one\n', ''),
    );
    expect(edited(FLEET, { removed: new Set([2]) })).toBe(
      FLEET.replace('  - id: initech\n    region: uk\n', ''),
    );
  });

  it('leaves a list behind when it was the last one', () => {
    expect(edited('connections: # mine\n  - id: acme\n', { removed: new Set([0]) })).toBe(
      'connections: [] # mine\n',
    );
    expect(edited('{"connections":[{"id":"acme"}]}', { removed: new Set([0]) }, 'a.json')).toBe(
      '{"connections":[]}',
    );
    expect(edited('{"id":"acme"}\n', { removed: new Set([0]) }, 'a.ndjson')).toBe('');
  });

  it('leaves no comma too many behind, and no comment of another', () => {
    const text = 'connections: [\n  { id: acme }, # A.\n  { id: globex }, # G.\n  { id: initech } # I.\n]\n';
    expect(edited(text, { removed: new Set([2]) })).toBe(
      'connections: [\n  { id: acme }, # A.\n  { id: globex } # G.\n]\n',
    );
  });
});

describe('a changed entry', () => {
  it('keeps the comment beside a value that changes', () => {
    const text = 'connections:\n  - id: acme\n    enabled: false # until May\n    region: us\n';
    expect(edited(text, { changed: new Map([[0, { enabled: true }]]) })).toBe(text.replace('false', 'true'));
  });

  it('gets a new key below its last one, behind the comment there', () => {
    const text = 'connections:\n  - id: acme\n    labels:\n      tier: gold # really\n\n  - id: globex\n';
    expect(edited(text, { changed: new Map([[0, { enabled: false }]]) })).toBe(
      text.replace('# really\n', '# really\n    enabled: false\n'),
    );
  });

  it('loses a key with its line, also the one behind the dash', () => {
    const text = 'connections:\n  - region: us\n    id: acme\n    tenant: Acme Corp\n';
    expect(edited(text, { changed: new Map([[0, { region: undefined, tenant: undefined }]]) })).toBe(
      'connections:\n  - id: acme\n',
    );
  });
});
