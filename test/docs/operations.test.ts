import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { CHANNEL_TYPES } from '../../src/alerts/drivers.ts';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import { RECORD_SCHEMA } from '../../src/domain/record.ts';
import { checkQueueOf, slotQueueOf } from '../../src/domain/schedule.ts';
import { registerNodeMetrics } from '../../src/metrics/node-metrics.ts';
import { findWarnings } from '../../src/redis/server-info.ts';
import * as keys from '../../src/store/keys.ts';
import { notifyQueueOf } from '../../src/workers/notify-queues.ts';
import { nodesOf, type Schema } from '../config/schema-nodes.ts';
import { refusalOf } from './commands.ts';
import { type LoggedSentence, loggedSentences, sources } from './log-sentences.ts';
import { readPage } from './markdown.ts';

const DOCS = new URL('../../docs/', import.meta.url);
const TEXT = await readFile(new URL('operations.md', DOCS), 'utf8');
const PAGE = readPage(TEXT);
const SOURCES = await sources();
const LOGGED = loggedSentences(SOURCES);
const LINES = PAGE.blocks('sh').flatMap((block) => block.split('\n').map((line) => line.trim()));

/** Where a logged text comes from elsewhere, and how the page names it. */
const FROM_ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  'app.ts': ['FILE:LINE:COLUMN: …'],
  'app/reloading.ts': [
    'FILE:LINE:COLUMN: …',
    '… was changed; that takes effect when the monitor is started again',
  ],
  'app/redis.ts': warningsOfServers(),
  // The function that writes a fault down; what it writes is found where it is called.
  'app/assemble.ts': [],
};

function warningsOfServers(): readonly string[] {
  const info = new Map([
    ['maxmemory_policy', 'allkeys-lru'],
    ['aof_enabled', '0'],
  ]);
  return findWarnings(info).map((warning) => warning.replace('allkeys-lru', '…'));
}

function sentencesOf(level: LoggedSentence['level']): readonly string[] {
  const found = LOGGED.filter((call) => call.level === level).flatMap(({ file, sentence }) =>
    sentence === null ? (FROM_ELSEWHERE[file] ?? [`something in ${file}`]) : [sentence],
  );
  return [...new Set(found)].toSorted();
}

/** A name in the manner of the page for whatever a function of keys.ts is called with. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  historyKey: ['ID'],
  removalsKey: ['HASH'],
  outboxKey: ['CHANNEL', 'INCIDENT'],
  pendingKey: ['CHANNEL'],
  attemptsKey: ['CHANNEL'],
  heardKey: ['CHANNEL'],
  givenUpKey: ['CHANNEL'],
  paceKey: ['QUEUE'],
  rateLimitedKey: ['QUEUE'],
};

function keyFamilies(): readonly string[] {
  const made = Object.entries(keys).flatMap(([name, make]) =>
    typeof make === 'function'
      ? [(make as (...parts: readonly string[]) => string)(...(ARGUMENTS[name] ?? [`UNKNOWN ${name}`]))]
      : [],
  );
  const checks = checkQueueOf('https://gateway.example');
  const queues = [checks, slotQueueOf(checks)].map((name) => name.replace(/[0-9a-f]{16}/, 'HASH'));
  const prefix = `${keys.KEY_PREFIX}:`;
  return [
    ...[...Object.values(keys.KEYS), ...made].map((key) => key.slice(prefix.length)),
    ...[...queues, notifyQueueOf('CHANNEL')].map((queue) => `${queue}:…`),
  ];
}

describe('the page for operators', () => {
  it('lists every error and every warning that the program logs, and no other', () => {
    expect(PAGE.firstColumn('error').toSorted()).toEqual(sentencesOf('error'));
    const listed = PAGE.firstColumn('warning').filter((sentence) => sentence !== 'the summary of a message');
    expect(listed.toSorted()).toEqual(sentencesOf('warn'));
    // The channel `log` writes the message itself.
    expect(SOURCES.get('alerts/log/send.ts')).toContain('notification.summary');
    const restart = 'was changed; that takes effect when the monitor is started again';
    expect(SOURCES.get('app/reloading.ts')).toContain(restart);
  });

  it('quotes last lines that the program can write', () => {
    const all = [...SOURCES.values()].join('\n').replaceAll(/\$\{[^}]*\}/g, '…');
    const parts = PAGE.firstColumn('last line')
      .filter((line) => line !== 'FILE:LINE:COLUMN: …')
      .flatMap((line) => line.split('…').map((part) => part.trim()))
      .filter((part) => part !== '');
    expect(parts.length).toBeGreaterThan(10);
    expect(parts.filter((part) => !all.includes(part))).toEqual([]);
  });

  it('explains every family of keys, and no other', () => {
    expect(PAGE.firstColumn('key').toSorted()).toEqual(keyFamilies().toSorted());
  });

  it('uses no key that does not exist', () => {
    const known = keyFamilies().map((family) => family.split(/[A-Z…]/)[0] ?? family);
    const used = [...TEXT.matchAll(/mcm:\{monitor\}:([a-z-]+)/g)].map(([, name = '']) => name);
    expect(used.length).toBeGreaterThan(5);
    const fits = (name: string) => known.some((start) => start.split(':')[0] === name);
    expect(used.filter((name) => !fits(name))).toEqual([]);
  });

  it('names the versions that this program writes', () => {
    const incidents = /INCIDENT_SCHEMA = (\d+)/.exec(SOURCES.get('store/incidents.ts') ?? '')?.[1];
    const silences = /SCHEMA = (\d+)/.exec(SOURCES.get('store/silences.ts') ?? '')?.[1];
    const layout = /LAYOUT = (\d+)/.exec(SOURCES.get('store/identity.ts') ?? '')?.[1];
    const sentence = `layout ${layout}, records ${RECORD_SCHEMA}, incidents ${incidents}, silences ${silences}`;
    expect(TEXT.replaceAll(/\s+/g, ' ')).toContain(sentence);
  });

  it('names metrics that exist', () => {
    const registry = new Registry();
    registerNodeMetrics(registry);
    const ofNode = registry.getMetricsAsArray().map(({ name }) => name);
    const written = [...SOURCES].filter(([file]) => file.startsWith('metrics/')).map(([, text]) => text);
    const named = new Set([...TEXT.matchAll(/\b(?:mimecast|nodejs|process)_\w+/g)].map(([name]) => name));
    expect(named.size).toBeGreaterThan(5);
    const exists = (name: string) =>
      ofNode.includes(name) || written.some((text) => text.includes(`'${name}'`));
    expect([...named].filter((name) => !exists(name))).toEqual([]);
  });

  it('names settings that exist', () => {
    const schema = JSON.parse(JSON.stringify(configJsonSchema(CHANNEL_TYPES))) as Schema;
    const paths = nodesOf(schema).map(({ path }) => path);
    const named = PAGE.codes.filter((code) => /^(?:checks|http|redis|alerts|defaults)\.\w+$/.test(code));
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((code) => !paths.includes(code))).toEqual([]);
  });

  const commands = [...LINES, ...PAGE.codes].filter((line) => /^mimecast-monitor [a-z-]/.test(line));

  it.each([...new Set(commands)])('tells to type what the program takes: %s', async (line) => {
    expect(await refusalOf(line)).toBeNull();
  });

  it('speaks of options that exist', () => {
    expect(commands.length).toBeGreaterThan(15);
    const options = [...SOURCES]
      .filter(([file]) => file.startsWith('cli/'))
      .flatMap(([, text]) => [...text.matchAll(/'(--[a-z-]+)/g)].map(([, option]) => option));
    const named = PAGE.codes.filter((code) => /^--[a-z-]+$/.test(code));
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((option) => option !== '--help' && !options.includes(option))).toEqual([]);
  });

  const links = PAGE.links.filter((link) => !link.startsWith('http'));

  it.each([...new Set(links)])('links to %s, which exists', async (link) => {
    const [file = '', anchor] = link.split('#');
    const target = new URL(file === '' ? 'operations.md' : file, DOCS);
    expect(existsSync(target)).toBe(true);
    if (anchor !== undefined) expect(readPage(await readFile(target, 'utf8')).anchors).toContain(anchor);
  });
});
