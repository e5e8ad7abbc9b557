import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { CHANNEL_TYPES } from '../../src/alerts/drivers.ts';
import { configJsonSchema } from '../../src/config/json-schema.ts';

type Node = Readonly<Record<string, unknown>>;

/** Every property at every depth, with its path. */
function properties(node: unknown, path: string): { path: string; node: Node }[] {
  if (typeof node !== 'object' || node === null) return [];
  const found: { path: string; node: Node }[] = [];
  for (const [key, value] of Object.entries(node)) {
    if (key === 'properties' && typeof value === 'object' && value !== null) {
      for (const [name, child] of Object.entries(value as Node)) {
        found.push({ path: `${path}.${name}`, node: child as Node }, ...properties(child, `${path}.${name}`));
      }
    } else if (!['examples', 'default', 'const', 'enum'].includes(key)) {
      found.push(...properties(value, path));
    }
  }
  return found;
}

describe('the JSON Schema of the config', () => {
  it('is checked in as the program prints it; `npm run schema` writes it anew', async () => {
    const file = new URL('../../config/schema.json', import.meta.url);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(configJsonSchema(CHANNEL_TYPES))),
    );
  });

  it('describes every key and gives an example of it', () => {
    const poor = properties(configJsonSchema(CHANNEL_TYPES), '')
      .filter(({ node }) => typeof node['description'] !== 'string' || !Array.isArray(node['examples']))
      .map(({ path }) => path);
    expect(poor).toEqual([]);
  });

  it('shows the defaults as they are written, and requires only what has none', () => {
    expect(configJsonSchema({ log: {} })).toMatchObject({
      required: ['version'],
      additionalProperties: false,
      properties: {
        checks: {
          properties: { interval: { default: '5m', type: 'string' }, confirmations: { default: 3 } },
        },
        connections: { items: { required: ['id'], additionalProperties: false } },
      },
    });
  });

  it('holds the options of each type of channel', () => {
    const schema = configJsonSchema({
      log: {},
      pigeon: { coop: { kind: 'string', required: true, description: 'Where it lives.' } },
    });
    expect(properties(schema, '').map(({ path }) => path)).toContain('.alerts.channels.coop');
  });
});
