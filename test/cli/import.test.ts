import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CHANNEL_TYPES } from '../../src/alerts/drivers.ts';
import { registerExport } from '../../src/cli/export.ts';
import { importFile, registerImport } from '../../src/cli/import.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { type ConfigFolder, makeConfigFolder } from '../helpers/config-file.ts';
import { memory } from './check-command.ts';
import { runCommand } from './command.ts';

const SECRETS = ['acme-s3cr3t', 'globex-s3cr3t', 'initech-s3cr3t'];
const CSV = `id,tenant,clientId,clientSecret,label.tier
acme,Acme Corp,acme,acme-s3cr3t,gold
globex,"Globex, Inc",globex,globex-s3cr3t,silver
initech,Initech,initech,initech-s3cr3t,gold
`;

let simulator: Simulator;
let config: ConfigFolder;

beforeEach(async () => {
  const keys = ['acme', 'globex', 'initech'].map((id) => ({ clientId: id, clientSecret: `${id}-s3cr3t` }));
  simulator = await startSimulator({ keys });
  config = await makeConfigFolder({
    version: 1,
    checks: { interval: '1m', maxPerSecond: 1_000 },
    alerts: { channels: { console: { type: 'log' } } },
    defaults: { baseUrl: simulator.origin },
    connections: [],
  });
});
afterEach(async () => {
  await simulator.close();
  await config.remove();
});

async function bring(text: string, ...flags: readonly string[]) {
  const file = await config.writeFile('fleet.csv', text);
  const ran = await runCommand(registerImport, ['import', file, '--config', config.path, '--json', ...flags]);
  for (const secret of SECRETS) expect(ran.out + ran.err).not.toContain(secret);
  const { summary, rows } = JSON.parse(ran.out) as {
    summary: Record<string, number>;
    rows: { line: number; id: string | null; fate: string; notes: string[] }[];
  };
  return { ...ran, summary, rows, fates: Object.fromEntries(rows.map(({ id, fate }) => [id, fate])) };
}

const written = () => readFile(config.path, 'utf8');
const secretsDir = () => join(config.folder, 'secrets.d');

describe('an import', () => {
  it('tries the keys and registers what is good, with the secrets in files of their own', async () => {
    const { code, fates } = await bring(CSV);
    expect([code, fates]).toEqual([0, { acme: 'added', globex: 'added', initech: 'added' }]);
    const text = await written();
    for (const secret of SECRETS) expect(text).not.toContain(secret);
    expect(await readdir(secretsDir())).toEqual(['acme', 'globex', 'initech']);
    expect(await readFile(join(secretsDir(), 'globex'), 'utf8')).toBe('globex-s3cr3t');
    expect((await stat(join(secretsDir(), 'globex'))).mode & 0o777).toBe(0o600);
    expect(['acme', 'globex', 'initech'].map((id) => simulator.exchanges(id))).toEqual([1, 1, 1]);
  });

  it('changes nothing and asks nobody when it is repeated', async () => {
    await bring(CSV);
    const before = await written();
    const { code, fates } = await bring(CSV);
    expect([code, fates]).toEqual([0, { acme: 'unchanged', globex: 'unchanged', initech: 'unchanged' }]);
    expect(await written()).toBe(before);
    expect(simulator.exchanges('acme')).toBe(1);
  });

  it('leaves out rejected keys, says so by row, and registers the others', async () => {
    simulator.setBehaviour('globex', { kind: 'revoked' });
    const { code, fates, rows } = await bring(CSV);
    expect([code, fates]).toEqual([1, { acme: 'added', globex: 'refused', initech: 'added' }]);
    expect(rows[1]).toEqual({
      line: 3,
      id: 'globex',
      fate: 'refused',
      notes: ['rejected (401 InvalidClientIdentifier)'],
    });
    expect(await readdir(secretsDir())).toEqual(['acme', 'initech']);
    simulator.setBehaviour('globex', { kind: 'normal' });
    expect((await bring(CSV)).fates).toEqual({ acme: 'unchanged', globex: 'added', initech: 'unchanged' });
  });

  it('leaves out a cell of several lines by its row', async () => {
    const { code, fates, rows } = await bring(CSV.replace('"Globex, Inc"', '"Globex\nInc"'));
    expect([code, fates]).toEqual([2, { acme: 'added', globex: 'wrong', initech: 'added' }]);
    expect(rows[1]?.notes).toEqual(['tenant: must be one line without control characters']);
    expect(rows[2]).toMatchObject({ line: 5, id: 'initech' });
  });

  it('leaves out an object with a null, as converters write for an empty cell, by its line', async () => {
    const items = ['acme', 'globex'].map((id) => ({ id, clientId: id, clientSecret: `${id}-s3cr3t` }));
    const lines = [{ ...items[0], tenant: null }, items[1]].map((item) => JSON.stringify(item));
    const file = await config.writeFile('fleet.ndjson', lines.join('\n'));
    const { out } = await runCommand(registerImport, ['import', file, '--config', config.path, '--json']);
    expect(JSON.parse(out)).toMatchObject({
      rows: [
        { line: 1, id: 'acme', fate: 'wrong', notes: ['tenant: has no value; write a text'] },
        { line: 2, id: 'globex', fate: 'added', notes: [] },
      ],
    });
  });

  it('takes no outage for an answer', async () => {
    simulator.setBehaviour('*', { kind: 'status', status: 503 });
    const { code, summary } = await bring(CSV);
    expect([code, summary['unanswered']]).toEqual([2, 3]);
    expect(await written()).not.toContain('acme');
  });

  it('asks nobody with --no-check', async () => {
    simulator.setBehaviour('*', { kind: 'status', status: 503 });
    expect((await bring(CSV, '--no-check')).summary['added']).toBe(3);
    expect(simulator.exchanges('acme')).toBe(0);
  });

  it('writes nothing in a dry run, but says what would become of every row', async () => {
    simulator.setBehaviour('globex', { kind: 'revoked' });
    const before = await written();
    const { code, rows } = await bring(`${CSV}acme,Twice,a,b,c\n`, '--dry-run');
    expect(code).toBe(1);
    expect(rows.map(({ line, fate }) => [line, fate])).toEqual([
      [2, 'added'],
      [3, 'refused'],
      [4, 'added'],
      [5, 'wrong'],
    ]);
    expect(await written()).toBe(before);
    expect(await readdir(config.folder)).toEqual(['fleet.csv', 'tenants.yaml']);
  });

  it('says what is wrong with a row in the words of the config, and registers the others', async () => {
    const { code, rows } = await bring(
      'id,clientId,clientSecretEnv,interval,channels\nacme,acme,ACME,5,\nglobex,globex,GLOBEX,,nobody\ninitech,initech,INITECH,1m,console\n',
      '--no-check',
    );
    expect(code).toBe(2);
    expect(rows.map(({ fate }) => fate)).toEqual(['wrong', 'wrong', 'added']);
    expect(rows[0]?.notes.join()).toMatch(/^interval: must be a duration/);
    expect(rows[1]?.notes.join()).toMatch(/^channels/);
  });

  it('is not held up by a name of several lines, as spreadsheets have them', async () => {
    const { fates, rows } = await bring(
      'id,tenant,clientId,clientSecretEnv\nacme,"Acme\nCorp",acme,ACME\nglobex,Globex,globex,GLOBEX\n',
      '--no-check',
    );
    expect(fates).toEqual({ acme: 'wrong', globex: 'added' });
    expect(rows[0]?.notes.join()).toBe('tenant: must be one line without control characters');
  });

  it('leaves alone what is registered otherwise, and changes it with --update, a new secret included', async () => {
    await bring(CSV);
    simulator.rotate('acme', 'acme-n3w');
    const next = CSV.replace('acme-s3cr3t,gold', 'acme-n3w,platinum');
    const first = await bring(next);
    expect([first.code, first.rows[0]]).toEqual([
      2,
      { line: 2, id: 'acme', fate: 'differs', notes: ['registered otherwise: labels, clientSecret'] },
    ]);
    expect(await readFile(join(secretsDir(), 'acme'), 'utf8')).toBe('acme-s3cr3t');
    const second = await bring(next, '--update');
    expect([second.code, second.fates['acme']]).toEqual([0, 'changed']);
    expect(await readFile(join(secretsDir(), 'acme'), 'utf8')).toBe('acme-n3w');
    expect(await written()).toContain('platinum');
  });

  it('takes no label away of which it says nothing', async () => {
    await bring(
      'id,clientId,clientSecretEnv,label.tier,label.owner\nacme,acme,ACME,gold,kim\n',
      '--no-check',
    );
    expect((await bring('id,label.tier\nacme,gold\n', '--no-check')).fates).toEqual({ acme: 'unchanged' });
    await bring('id,label.tier\nacme,silver\n', '--no-check', '--update');
    expect(await written()).toContain('labels: { tier: silver, owner: kim }');
  });

  it('keeps a working secret when the new one is refused', async () => {
    await bring(CSV);
    const { code, fates } = await bring(CSV.replace('acme-s3cr3t', 'mistyped'), '--update');
    expect([code, fates['acme']]).toEqual([1, 'refused']);
    expect(await readFile(join(secretsDir(), 'acme'), 'utf8')).toBe('acme-s3cr3t');
  });

  it('writes nothing when it is interrupted', async () => {
    simulator.setBehaviour('globex', { kind: 'stall' });
    const file = await config.writeFile('fleet.csv', CSV);
    const before = await written();
    const [out, err] = [memory(false), memory(false)];
    let interrupt = () => {};
    const running = importFile(
      file,
      { config: config.path, check: true },
      {
        stdout: out.stream,
        stderr: err.stream,
        env: {},
        version: '0.0.0',
        channelTypes: CHANNEL_TYPES,
        setExitCode: () => undefined,
        onReaderGone: () => undefined,
        defaultConfigPath: () => config.path,
      },
      {
        now: Date.now,
        elapsed: () => performance.now(),
        delay: async () => undefined,
        onInterrupt: (callback) => {
          interrupt = callback;
          return () => undefined;
        },
      },
    );
    await simulator.waitForExchanges('globex', 1);
    interrupt();
    expect(await running).toBe(130);
    expect(err.text()).toContain('interrupted; nothing was written');
    expect(await written()).toBe(before);
  });

  it('puts new connections into another file of the config', async () => {
    await config.writeFile('more.ndjson', '');
    await config.write({ version: 1, defaults: { baseUrl: simulator.origin }, include: ['more.ndjson'] });
    expect((await bring(CSV, '--into', join(config.folder, 'more.ndjson'))).code).toBe(0);
    const lines = (await readFile(join(config.folder, 'more.ndjson'), 'utf8')).trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual([
      'acme',
      'globex',
      'initech',
    ]);
  });

  it('refuses to work on a config that has mistakes', async () => {
    await config.write({ version: 1, chekcs: {} });
    const file = await config.writeFile('fleet.csv', CSV);
    const { code, err } = await runCommand(registerImport, ['import', file, '--config', config.path]);
    expect(code).toBe(2);
    expect(err).toMatch(
      /^mimecast-monitor: the config has mistakes; .*\n\S+tenants\.yaml:2:1: chekcs: is not a known key; did you mean checks\?\n$/,
    );
  });
});

describe('an export', () => {
  it.each(['csv', 'json', 'ndjson'])('as %s holds no secret and can be imported again', async (format) => {
    await bring(CSV);
    const { out, code } = await runCommand(registerExport, [
      'export',
      '--config',
      config.path,
      '--format',
      format,
    ]);
    expect(code).toBe(0);
    for (const secret of SECRETS) expect(out).not.toContain(secret);
    const file = await config.writeFile(`out.${format}`, out);
    const again = await runCommand(registerImport, ['import', file, '--config', config.path, '--json']);
    expect(JSON.parse(again.out)).toMatchObject({
      summary: { unchanged: 3, added: 0, differs: 0, wrong: 0 },
    });
  });

  it('names an id that is not there', async () => {
    await bring(CSV);
    const { code, err } = await runCommand(registerExport, ['export', 'acne', '--config', config.path]);
    expect(code).toBe(2);
    expect(err).toContain('has no connection acne; did you mean acme?');
  });
});
