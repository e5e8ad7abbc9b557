import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { CHANNEL_TYPES } from '../../src/alerts/drivers.ts';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import { loadConfig } from '../../src/config/load.ts';
import { fileSchema } from '../../src/config/schema-file.ts';
import { type ConfigFolder, makeConfigFolder } from './config-folder.ts';
import { placedExamples } from './schema-examples.ts';
import { entriesOf, examplesOf, isSchema, nodesOf, type Schema } from './schema-nodes.ts';

const SCHEMA = JSON.parse(JSON.stringify(configJsonSchema(CHANNEL_TYPES))) as Schema;
const NODES = nodesOf(SCHEMA);

// Strict, but for `oneOf` and `anyOf` that stand without a type beside them.
const ajv = new Ajv({ strict: true, strictTypes: false, allErrors: true });

function read(name: string): Promise<string> {
  return readFile(new URL(`../../config/${name}`, import.meta.url), 'utf8');
}

let folder: ConfigFolder;
beforeEach(async () => {
  folder = await makeConfigFolder();
});
afterEach(() => folder.remove());

async function load(config: unknown): Promise<unknown> {
  await folder.write('tenants.json', JSON.stringify(config));
  return loadConfig('tenants.json', { channelTypes: CHANNEL_TYPES, cwd: folder.path });
}

describe('the JSON Schema of the config', () => {
  it('is checked in as the program prints it; `npm run schema` writes it anew', async () => {
    expect(JSON.parse(await read('schema.json'))).toEqual(SCHEMA);
  });

  it('is of draft 7, which every version of the YAML extensions of editors understands', () => {
    expect(SCHEMA['$schema']).toBe('http://json-schema.org/draft-07/schema#');
    expect(ajv.validateSchema(SCHEMA)).toBe(true);
  });

  it('describes every key, item and form, and gives an example of it', () => {
    expect(NODES.length).toBeGreaterThan(100);
    const poor = NODES.filter(
      ({ schema }) => typeof schema['description'] !== 'string' || examplesOf(schema).length === 0,
    );
    expect(poor.map(({ path }) => path)).toEqual([]);
  });

  it('has examples that it accepts itself', () => {
    const refused = NODES.flatMap(({ path, schema }) => {
      const accepts = ajv.compile(schema);
      return examplesOf(schema).flatMap((example) =>
        accepts(example) ? [] : [`${path}: ${JSON.stringify(example)}: ${ajv.errorsText(accepts.errors)}`],
      );
    });
    expect(refused).toEqual([]);
  });

  it('has examples that load where they belong', async () => {
    const placed = placedExamples(SCHEMA);
    expect(placed.length).toBeGreaterThan(100);
    const accepts = ajv.compile(SCHEMA);
    for (const { path, config } of placed) {
      const plain = JSON.parse(JSON.stringify(config)) as unknown;
      const refused = await load(plain).then(
        () => (accepts(plain) ? [] : [ajv.errorsText(accepts.errors)]),
        (error: { issues?: readonly string[] }) => error.issues ?? [String(error)],
      );
      expect([path, refused]).toEqual([path, []]);
    }
  });

  it('shows as default what holds where a key is left out, and leaves no such key without', () => {
    const least = { version: 1, connections: [{ id: 'acme', clientId: 'a', clientSecret: 'b' }] };
    const file = fileSchema(CHANNEL_TYPES);
    const filled = file.parse(least);
    expect(file.parse(withDefaults(SCHEMA, least))).toEqual(filled);
    expect(undefaulted(SCHEMA, least, filled, '')).toEqual([]);
  });

  it('requires only what has no default', () => {
    expect(configJsonSchema({ log: {} })).toMatchObject({
      required: ['version'],
      properties: { connections: { items: { required: ['id'] } } },
    });
  });

  it('allows no key that the loader refuses, at any depth', async () => {
    const open = [{ path: '', schema: SCHEMA }, ...NODES].filter(
      ({ schema }) => schema['properties'] !== undefined && schema['additionalProperties'] !== false,
    );
    expect(open.map(({ path }) => path)).toEqual([]);
    const accepts = ajv.compile(SCHEMA);
    expect(accepts({ version: 1, chekcs: {} })).toBe(false);
    expect(accepts({ version: 1, checks: { intervall: '5m' } })).toBe(false);
  });

  it('holds the options of each type of channel', () => {
    const options = {
      coop: { kind: 'string', required: true, description: 'Its home.', examples: ['x'] },
    } as const;
    const schema = configJsonSchema({ log: {}, pigeon: options }) as Schema;
    expect(nodesOf(schema).map(({ path }) => path)).toContain('alerts.channels.*<1>.coop');
  });

  it.each(['tenants.example.yaml', 'tenants.demo.yaml'])(
    'accepts %s, whose first line names it',
    async (name) => {
      const text = await read(name);
      const [, named] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? [];
      expect(await read(named ?? 'nothing')).toContain('"$schema"');
      const accepts = ajv.compile(SCHEMA);
      expect([accepts(parse(text)), accepts.errors]).toEqual([true, null]);
    },
  );
});

/** Fills in what the schema says of keys that are left out, at every depth. */
function withDefaults(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return isSchema(items) ? value.map((item) => withDefaults(items, item)) : value;
  }
  if (!isSchema(value)) return value;
  const filled: Record<string, unknown> = { ...value };
  for (const [key, child] of entriesOf(schema['properties'])) {
    const found = value[key] ?? child['default'];
    if (found !== undefined) filled[key] = withDefaults(child, found);
  }
  return filled;
}

/** Keys that nobody wrote and that have a value all the same, but no default in the schema. */
function undefaulted(schema: Schema, written: unknown, filled: unknown, path: string): readonly string[] {
  if (Array.isArray(filled)) {
    const { items } = schema;
    const from = Array.isArray(written) ? written : [];
    return isSchema(items)
      ? filled.flatMap((item, index) => undefaulted(items, from[index], item, `${path}[]`))
      : [];
  }
  if (!isSchema(filled)) return [];
  const from = isSchema(written) ? written : {};
  return entriesOf(schema['properties']).flatMap(([key, child]) => {
    if (filled[key] === undefined) return [];
    const at = `${path}.${key}`;
    const missing = from[key] === undefined && child['default'] === undefined ? [at] : [];
    return [...missing, ...undefaulted(child, from[key], filled[key], at)];
  });
}
