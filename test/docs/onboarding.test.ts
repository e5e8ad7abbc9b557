import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isMap, parseDocument } from 'yaml';
import { CHANNEL_TYPES } from '../../src/alerts/drivers.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import { loadConfig } from '../../src/config/load.ts';
import { REGIONS } from '../../src/domain/gateway.ts';
import { INCIDENT_CAUSES, INCIDENT_KINDS, RESOLUTIONS } from '../../src/domain/incident.ts';
import { STATES } from '../../src/domain/state.ts';
import { VERDICTS } from '../../src/domain/verdict.ts';
import { type ConfigFolder, makeConfigFolder } from '../config/config-folder.ts';
import { nodesOf, type Schema } from '../config/schema-nodes.ts';
import { refusalOf } from './commands.ts';
import { readPage } from './markdown.ts';

const DOCS = new URL('../../docs/', import.meta.url);
const PAGE = readPage(await readFile(new URL('onboarding.md', DOCS), 'utf8'));

/** Names of keys of the config, at whatever depth. */
const KEYS = new Set(
  nodesOf(JSON.parse(JSON.stringify(configJsonSchema(CHANNEL_TYPES))) as Schema).flatMap(({ path }) => {
    const key = /(?:^|\.)(\w+)$/.exec(path)?.[1];
    return key === undefined ? [] : [key];
  }),
);

const WORDS = new Set<string>([
  ...VERDICTS,
  ...STATES,
  ...INCIDENT_KINDS,
  ...INCIDENT_CAUSES,
  ...RESOLUTIONS,
  ...Object.keys(COMMANDS),
  ...Object.keys(CHANNEL_TYPES),
  ...Object.keys(REGIONS),
  ...Object.values(REGIONS),
]);

/** Mimecast's words, hosts that must not be used, and what belongs to a shell. */
const OF_OTHERS = new Set([
  'InvalidClientIdentifier',
  'us-api.mimecast.com',
  'services',
  'airmdr-acme',
  'read -rs',
  'GET /identity/whoami',
  'node bin/mimecast-monitor …',
  'docker compose exec monitor mimecast-monitor …',
  'mimecast-monitor …',
]);

/** `enabled: false`: a key with a value. */
function namesKey(code: string): boolean {
  const { contents } = parseDocument(code);
  return isMap(contents) && contents.items.every(({ key }) => KEYS.has(String(key)));
}

let folder: ConfigFolder;
beforeEach(async () => {
  folder = await makeConfigFolder();
});
afterEach(() => folder.remove());

describe('the guide for registering a tenant', () => {
  it('explains every verdict and every state, each once', () => {
    expect(PAGE.firstColumn('verdict').toSorted()).toEqual([...VERDICTS].toSorted());
    expect(PAGE.firstColumn('state').toSorted()).toEqual([...STATES].toSorted());
  });

  it('names nothing that does not exist: words, keys, files and commands', async () => {
    const unknown: string[] = [];
    for (const code of new Set(PAGE.codes)) {
      if (WORDS.has(code) || KEYS.has(code) || OF_OTHERS.has(code) || namesKey(code)) continue;
      if (code.startsWith('# yaml-language-server: $schema=')) continue;
      if (code.startsWith('mimecast-monitor ') && (await refusalOf(code)) === null) continue;
      if (existsSync(new URL(`../${code}`, DOCS)) || existsSync(new URL(`../config/${code}`, DOCS))) continue;
      unknown.push(code);
    }
    expect(unknown).toEqual([]);
  });

  it.each(PAGE.links.filter((link) => !link.startsWith('http')))(
    'links to %s, which exists',
    async (link) => {
      const [file = '', anchor] = link.split('#');
      const target = new URL(file === '' ? 'onboarding.md' : file, DOCS);
      expect(existsSync(target)).toBe(true);
      if (anchor !== undefined) expect(readPage(await readFile(target, 'utf8')).anchors).toContain(anchor);
    },
  );

  it.each(PAGE.blocks('yaml'))(
    'shows a config that loads without a warning of its own:\n%s',
    async (block) => {
      const soc = 'alerts: { channels: { soc: { type: log } } }\n';
      await folder.write('tenants.yaml', `version: 1\n${block.includes('alerts:') ? '' : soc}${block}`);
      const config = await loadConfig('tenants.yaml', { channelTypes: CHANNEL_TYPES, cwd: folder.path });
      expect(config.connections.length).toBeGreaterThan(0);
      expect(config.warnings).toEqual([]);
    },
  );

  const lines = PAGE.blocks('sh')
    .flatMap((block) => block.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '');

  it.each(lines)('tells to type what the program takes: %s', async (line) => {
    expect(line).toMatch(/^mimecast-monitor /);
    expect(await refusalOf(line)).toBeNull();
  });

  it('would notice a command line that the program does not take', async () => {
    expect(await refusalOf('mimecast-monitor chekc acme')).toContain('did you mean check?');
    expect(await refusalOf('mimecast-monitor check --help')).toBeNull();
    expect(await refusalOf('mimecast-monitor check --jsn')).toContain('--jsn');
    expect(await refusalOf('mimecast-monitor silence add --connection')).toContain('argument missing');
  });
});
