import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type FoundConnection, isWhole } from '../../src/config/known-connection.ts';
import { type Earlier, earlierOf, NOTHING_EARLIER } from '../../src/config/known-lines.ts';
import { type Rereading, rereadConfig } from '../../src/config/load.ts';
import type { Connection } from '../../src/domain/connection.ts';
import type { Reference } from '../../src/domain/reference.ts';
import { type ConfigFolder, makeConfigFolder, TEST_CHANNELS } from './config-folder.ts';

let folder: ConfigFolder;
beforeEach(async () => {
  folder = await makeConfigFolder();
});
afterEach(() => folder.remove());

const read = (earlier: Earlier) =>
  rereadConfig('tenants.yaml', { channelTypes: TEST_CHANNELS, cwd: folder.path }, earlier);

interface Loaded {
  readonly connections: readonly Connection[];
  readonly digests: string;
}

function connectionsOf({ config, report }: Rereading): readonly FoundConnection[] {
  if (config === null) throw new Error(report.mistakes().join('\n'));
  return config.connections;
}

/** A first load, which must be good. */
async function loadAll(): Promise<Loaded> {
  const reading = await read(NOTHING_EARLIER);
  return { connections: connectionsOf(reading).filter(isWhole), digests: reading.digests() };
}

const readAgain = ({ connections, digests }: Loaded) => read(earlierOf(connections, digests));

const line = (id: string, more: object = {}) =>
  JSON.stringify({ id, clientId: `${id}-id`, clientSecret: { file: `secrets/${id}` }, ...more });

/** All that can be told from outside, literals in the open; what is known is taken from where it is known. */
function shownOf(reading: Rereading, earlier: readonly Connection[]): unknown {
  const open = (reference: Reference) =>
    reference.kind === 'literal' ? reference.value.reveal() : reference;
  const { config, report, code } = reading;
  return {
    code,
    mistakes: report.mistakes(),
    warnings: report.warnings(),
    digests: config && reading.digests(),
    config: config && {
      ...config,
      watched: [...config.watched.keys()],
      connections: config.connections.map((connection) => {
        const whole = isWhole(connection) ? connection : earlier[connection.position];
        return whole && { ...whole, clientId: open(whole.clientId), clientSecret: open(whole.clientSecret) };
      }),
    },
  };
}

const MAIN = 'version: 1\ndefaults: { region: us }\ninclude: ["*.ndjson"]\n';

const id = fc.constantFrom('acme', 'globex', 'initech', 'umbrella', 'hooli', 'stark', 'wayne', 'wonka');
const goodLine = fc
  .tuple(
    id,
    fc.record(
      {
        tenant: fc.constantFrom('Acme Corp', 'Globex'),
        labels: fc.constantFrom({ tier: 'gold' }, { tier: 'silver', owner: 'soc-a' }),
        channels: fc.constantFrom(['soc'], ['soc', 'desk']),
        clientSecret: fc.constantFrom<unknown>('hunter2', { env: 'SECRET' }),
        interval: fc.constantFrom('1m', '7m'),
        probe: fc.constant({ path: '/identity/whoami' }),
        secretExpiresAt: fc.constant('2027-03-01'),
        enabled: fc.boolean(),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([name, more]) => line(name, more));
const badLine = fc.oneof(
  fc.constantFrom('', ' ', '{', '[1]', '5', '{"id":"acme"}', '{"id":"acme","id":"acme"}'),
  // Good by itself, and the id of one in the main file.
  fc.constant(line('aperture')),
  id.map((name) => line(name, { tennant: 'Acme' })),
  id.map((name) => line(name, { channels: ['nobody'] })),
  id.map((name) => `${line(name)},`),
);
const anyLine = fc.oneof({ weight: 4, arbitrary: goodLine }, { weight: 1, arbitrary: badLine });
const main = fc
  .record({
    channels: fc.constantFrom(
      '{ soc: { type: log }, desk: { type: log } }',
      '{ soc: { type: log }, desk: { type: log }, pager: { type: log } }',
    ),
    routes: fc.constantFrom(
      '[]',
      '[{ match: { tenant: Acme Corp }, channels: [soc] }]',
      '[{ match: { labels: { tier: gold } }, channels: [desk] }, { match: { tenant: Nobody }, channels: [soc] }]',
    ),
    defaults: fc.constantFrom('', ', channels: [desk]', ', interval: 90s'),
    connections: fc.constantFrom('', `connections: [${line('aperture')}]\n`),
  })
  .map(
    ({ channels, routes, defaults, connections }) =>
      `version: 1\ndefaults: { region: us${defaults} }\nalerts: { channels: ${channels}, routes: ${routes} }\ninclude: ["*.ndjson"]\n${connections}`,
  );

interface Files {
  readonly main: string;
  readonly lines: readonly string[];
}

/** Of one line per connection, so that it is good. */
const goodFiles = fc.record({
  main,
  lines: fc.uniqueArray(goodLine, { selector: (text) => /^\{"id":"(\w+)"/.exec(text)?.[1], maxLength: 8 }),
});

type Edit = (files: Files) => Files;
const onLines =
  (change: (lines: readonly string[]) => readonly string[]): Edit =>
  (files) => ({ ...files, lines: change(files.lines) });
const at = fc.nat(8);
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(at, anyLine).map(([index, text]) => onLines((lines) => lines.toSpliced(index, 0, text))),
  fc.tuple(at, anyLine).map(([index, text]) => onLines((lines) => lines.toSpliced(index, 1, text))),
  at.map((index) => onLines((lines) => lines.toSpliced(index, 1))),
  fc
    .tuple(at, at)
    .map(([from, to]) =>
      onLines((lines) => lines.toSpliced(from, 1).toSpliced(to, 0, ...lines.slice(from, from + 1))),
    ),
  fc
    .tuple(at, at)
    .map(([from, to]) => onLines((lines) => lines.toSpliced(to, 0, ...lines.slice(from, from + 1)))),
  main.map(
    (text): Edit =>
      (files) => ({ ...files, main: text }),
  ),
);

async function write({ main: text, lines }: Files, split: number, mode: number): Promise<void> {
  await folder.write('tenants.yaml', text);
  await folder.write('a.ndjson', lines.slice(0, split).join('\n'), mode);
  await folder.write('b.ndjson', lines.slice(split).join('\r\n'), mode);
}

describe('a load that knows the lines of an earlier one', () => {
  it('finds what one that knows nothing finds, whatever was edited', async () => {
    await fc.assert(
      fc.asyncProperty(
        goodFiles,
        fc.array(edit, { maxLength: 3 }),
        fc.tuple(at, at),
        fc.constantFrom(0o600, 0o600, 0o644),
        async (before, edits, [split, later], mode) => {
          await write(before, split, 0o600);
          const loaded = await loadAll();
          const after = edits.reduce<Files>((files, change) => change(files), before);
          await write(after, later, mode);
          const { connections } = loaded;
          const known = shownOf(await readAgain(loaded), connections);
          expect(known).toEqual(shownOf(await read(NOTHING_EARLIER), connections));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('reads no line but those that are new to it, wherever they stand', async () => {
    const names = ['acme', 'globex', 'initech', 'umbrella'];
    await folder.write('tenants.yaml', MAIN);
    await folder.write('fleet.ndjson', names.map((name) => line(name)).join('\n'));
    const loaded = await loadAll();
    const now = [line('umbrella'), line('acme'), line('globex', { interval: '1m' }), line('hooli')];
    await folder.write('fleet.ndjson', now.join('\n'));
    const found = connectionsOf(await readAgain(loaded));
    expect(found.map((one) => [one.id, isWhole(one)])).toEqual([
      ['umbrella', false],
      ['acme', false],
      ['globex', true],
      ['hooli', true],
    ]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['the main file says something else', () => folder.write('tenants.yaml', MAIN.replace('us', 'uk'))],
    [
      'the file stands in another folder',
      async () => {
        await folder.write('tenants.yaml', MAIN);
        await folder.write('fleet.ndjson', '');
        await folder.write('more/fleet.ndjson', line('acme'));
      },
    ],
  ])('reads all of them when %s', async (_, change) => {
    await folder.write('tenants.yaml', MAIN.replace('"*.ndjson"', '"**/*.ndjson"'));
    await folder.write('fleet.ndjson', line('acme'));
    const loaded = await loadAll();
    await change();
    expect(connectionsOf(await readAgain(loaded)).every(isWhole)).toBe(true);
  });

  it('remembers of a known one all that decides who is told', async () => {
    const more = { tenant: 'Acme Corp', labels: { tier: 'gold' }, channels: ['soc'], enabled: false };
    await folder.write('tenants.yaml', `${MAIN}alerts: { channels: { soc: { type: log } } }\n`);
    await folder.write('fleet.ndjson', [line('acme', more), line('globex')].join('\n'));
    const loaded = await loadAll();
    const known = connectionsOf(await readAgain(loaded));
    const routed = ({ id: name, tenant, gateway, labels, channels, enabled }: FoundConnection) => ({
      name,
      tenant,
      gateway,
      labels,
      channels,
      enabled,
    });
    expect(known.some(isWhole)).toBe(false);
    expect(known.map(routed)).toEqual(loaded.connections.map(routed));
  });
});
