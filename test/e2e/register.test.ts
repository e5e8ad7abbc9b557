import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { type ConfigFolder, makeConfigFolder } from '../config/config-folder.ts';
import { freePort } from '../helpers/free-port.ts';
import { type MonitorProcess, runMonitor } from '../helpers/monitor-process.ts';
import { onTerminal, type TerminalProcess } from '../helpers/pty.ts';
import { startTestRedis } from '../helpers/redis.ts';
import { Cleanup, connections, eventually, QUICK_CHECKS, ready } from './world.ts';

const BIN = fileURLToPath(new URL('../../bin/mimecast-monitor', import.meta.url));
const SECRET = 'acme-s3cr3t-ü';

const cleanup = new Cleanup();
let simulator: Simulator;
let folder: ConfigFolder;
let listen: string;

beforeEach(async () => {
  const redis = cleanup.add(await startTestRedis(), (it) => it.stop());
  simulator = cleanup.add(
    await startSimulator({ keys: [{ clientId: 'acme-id', clientSecret: SECRET }] }),
    (it) => it.close(),
  );
  folder = cleanup.add(await makeConfigFolder(), (it) => it.remove());
  listen = `127.0.0.1:${await freePort()}`;
  await folder.write(
    'tenants.yaml',
    `# Ours.
version: 1
checks: ${JSON.stringify(QUICK_CHECKS)}
redis: { url: 'unix://${redis.socketPath}' }
http: { listen: '${listen}' }
alerts: { channels: { console: { type: log } } }

connections: [] # none yet
`,
  );
});
afterEach(() => cleanup.run());

const path = () => join(folder.path, 'tenants.yaml');
const text = () => readFile(path(), 'utf8');

async function startMonitor(): Promise<MonitorProcess> {
  const monitor = await cleanup.start(['--config', path(), '--listen', listen]);
  await ready(monitor);
  return monitor;
}

function typed(...args: readonly string[]): TerminalProcess {
  const command = [process.execPath, BIN, ...args, '--config', path()].join(' ');
  return cleanup.add(onTerminal(command, {}), (it) => it.kill());
}

/** Nobody tells the monitor anything. */
function becomesByItself(monitor: MonitorProcess, state: string): Promise<unknown> {
  return eventually(`acme-siem is ${state}`, async () =>
    (await connections(monitor)).some((one) => one.id === 'acme-siem' && one.state === state),
  );
}

describe('add at a terminal', () => {
  it('asks for what is missing, and a running monitor checks what was added', async () => {
    const monitor = await startMonitor();
    const add = typed('add');
    await add.see('Id of the connection');
    add.type('Acme\r');
    await add.see('lower-case letters');
    await add.see('Id of the connection');
    add.type('acme-siem\r');
    await add.see("Tenant, the customer's name [acme-siem]: ");
    add.type('Acme Corp\r');
    await add.see('Region: ');
    add.type('fr\r');
    await add.see('It must be global, uk, us, or a URL');
    await add.see('Region: ');
    add.type(`${simulator.origin}\r`);
    await add.see('Client id: ');
    add.type('acme-id\r');
    await add.see('Client secret (not shown): ');
    // A slip, an arrow and a correction.
    add.type(`x\u007f\u001b[D${SECRET}y\u007f\r`);
    await add.see('acme-siem: the keys work');
    await add.see('+    clientSecret: { file: secrets.d/acme-siem }');
    await add.see('[y/N] ');
    expect(await text()).toContain('connections: [] # none yet');
    add.type('y\r');
    await add.see('acme-siem is registered; its secret is in ');
    await add.see(`The monitor at http://${listen}/ reads it by itself within seconds.`);
    expect(await add.ended()).toBe(0);
    await becomesByItself(monitor, 'healthy');

    expect(await text()).toMatch(
      /^# Ours\.\n[\s\S]*\nconnections: # none yet\n {2}- id: acme-siem\n {4}tenant: Acme Corp\n/,
    );
    expect(await readFile(join(folder.path, 'secrets.d/acme-siem'), 'utf8')).toBe(SECRET);
    for (const output of [add.shown(), monitor.output(), await text()])
      expect(output).not.toContain('s3cr3t');

    const disable = await runMonitor(['disable', 'acme-siem', '--config', path()]);
    expect([disable.code, disable.stderr]).toEqual([0, '']);
    await becomesByItself(monitor, 'disabled');
  });

  it('writes nothing when the person thinks better of it, by a no or by Ctrl-C', async () => {
    const before = await text();
    const flags = ['--tenant', 'Acme', '--base-url', simulator.origin, '--client-id', 'acme-id'];
    const refused = typed('add', 'acme-siem', ...flags);
    await refused.see('Client secret (not shown): ');
    refused.type(`${SECRET}\r`);
    await refused.see('[y/N] ');
    refused.type('\r');
    await refused.see('nothing was written');
    expect(await refused.ended()).toBe(2);

    const interrupted = typed('add', 'acme-siem', ...flags);
    await interrupted.see('Client secret (not shown): ');
    interrupted.type('acme-s3\u0003');
    await interrupted.see('interrupted: nothing was written');
    expect(await interrupted.ended()).toBe(130);

    // What is shown as it is typed is another matter for the terminal: Ctrl-C is a signal there.
    const visibly = typed('add');
    await visibly.see('Id of the connection');
    visibly.type('acme\u0003');
    await visibly.see('interrupted: nothing was written');
    expect(await visibly.ended()).toBe(130);

    expect(await text()).toBe(before);
    expect(await readdir(folder.path)).toEqual(['tenants.yaml']);
    expect(refused.shown() + interrupted.shown()).not.toContain('s3');
  });

  it('takes no secret that would show, as it would where questions go elsewhere', async () => {
    const flags = ['--base-url', simulator.origin, '--client-id', 'acme-id', '--secret-stdin', '2>&1 | cat'];
    const add = typed(`add acme-siem --config ${path()}`, ...flags, '; :');
    await add.see('leave stderr at the terminal, or read a file');
    await add.ended();
    expect(await readdir(folder.path)).toEqual(['tenants.yaml']);
  });

  it('asks whether to go on when it is not known whether the keys work', async () => {
    simulator.setBehaviour('*', { kind: 'status', status: 503 });
    const flags = [
      '--tenant',
      'Acme',
      '--base-url',
      simulator.origin,
      '--client-id',
      'acme-id',
      '--secret-env',
      'ACME',
    ];
    const add = typed('add', 'acme-siem', ...flags);
    await add.see('It is not known whether the keys of acme-siem work. Go on? [y/N] ');
    add.type('y\r');
    await add.see('Write this to ');
    add.type('yes\r');
    expect(await add.ended()).toBe(0);
    expect(await text()).toContain('clientSecret: { env: ACME }');
  });
});

it('leaves the old file, and no secret, when the new one can not be written whole', async () => {
  // Larger than what the process may write, as on a full disk.
  await folder.write('tenants.yaml', `${await text()}${`# ${'x'.repeat(98)}\n`.repeat(1_000)}`);
  const before = await text();
  await folder.write('acme', SECRET);
  const args = [
    'add',
    'acme-siem',
    '--base-url',
    simulator.origin,
    '--client-id',
    'acme-id',
    '--secret-stdin',
  ];
  // The answer goes through a pipe, since a file might be too large already.
  const { stdout } = await promisify(execFile)('sh', [
    '-c',
    `prlimit --fsize=50000 "$@" 2>&1 < "$0" | cat`,
    join(folder.path, 'acme'),
    process.execPath,
    BIN,
    ...args,
    '--config',
    path(),
  ]);
  expect(stdout).toContain(
    "can't be written, for it would be larger than this process may write (ulimit -f); nothing was changed",
  );
  expect(await text()).toBe(before);
  expect(await readdir(folder.path)).toEqual(['acme', 'tenants.yaml']);
});
