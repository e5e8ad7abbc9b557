import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Command } from 'commander';
import { pino } from 'pino';
import { CHANNEL_TYPES } from '../../src/alerts/drivers.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { registerReload } from '../../src/cli/reload.ts';
import { registerStatus } from '../../src/cli/status.ts';
import type { ChannelDelivery, Delivery } from '../../src/domain/delivery.ts';
import type { Incident } from '../../src/domain/incident.ts';
import type { HealthRecord } from '../../src/domain/record.ts';
import { Secret } from '../../src/domain/secret.ts';
import type { HttpPorts } from '../../src/http/ports.ts';
import { createHttpServer, type HttpServer } from '../../src/http/server.ts';
import { type ConfigFolder, makeConfigFolder } from '../helpers/config-file.ts';
import { connectionOf, incidentOf, NEW_YEAR, recordOf } from '../helpers/fleet.ts';
import { memoryPorts } from '../helpers/http-ports.ts';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

interface Settings {
  readonly token?: Secret;
  readonly tls?: { readonly certPath: string; readonly keyPath: string };
  readonly role?: 'all' | 'worker';
}

async function monitor(ports: HttpPorts, { token, tls, role }: Settings = {}): Promise<HttpServer> {
  const server = await createHttpServer({
    listen: { host: '127.0.0.1', port: 0 },
    token: token ?? null,
    allowUnauthenticated: false,
    tls: tls ?? null,
    logger: pino({ level: 'silent' }),
    role: role ?? 'all',
    ports,
  });
  cleanups.push(() => server.close());
  return server;
}

async function configFor(http: object): Promise<ConfigFolder> {
  const config = await makeConfigFolder({ version: 1, http, connections: [] });
  cleanups.push(() => config.remove());
  return config;
}

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a command in this process; what `main` would print and exit 2 for is thrown. */
async function run(args: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  const [out, err] = [sink(), sink()];
  let code: number | null = null;
  const context: CliContext = {
    stdout: out.stream,
    stderr: err.stream,
    env,
    version: '0.0.0',
    channelTypes: CHANNEL_TYPES,
    setExitCode: (next) => {
      code = next;
    },
    onReaderGone: () => undefined,
    defaultConfigPath: () => '/nowhere/tenants.yaml',
  };
  const program = new Command('mimecast-monitor').exitOverride().configureOutput({ writeErr: () => {} });
  registerStatus(program, context);
  registerReload(program, context);
  await program.parseAsync(args, { from: 'user' });
  return { code, out: out.text(), err: err.text() };
}

function sink() {
  let text = '';
  const stream = new Writable({
    write(chunk, _, done) {
      text += String(chunk);
      done();
    },
  });
  return { stream, text: () => text };
}

const acme = connectionOf('acme-siem', { tenant: 'Acme Corp' });
const globex = connectionOf('globex', { secretExpiresAt: NEW_YEAR });
const initech = connectionOf('initech', { enabled: false });
const umbrella = connectionOf('umbrella');

/** What became of a message in a channel, half a minute after it was handed over. */
function deliveryIn(
  channel: string,
  result: Delivery['result'],
  more: Partial<Delivery> = {},
): ChannelDelivery {
  const tried = { notification: 'n', at: NEW_YEAR + 90_000, since: NEW_YEAR + 61_000, attempts: 1 };
  const last = { result, ...tried, failure: null, reason: null, ...more };
  return { channel, last, waits: result === 'retried' };
}

const healthy = recordOf();
const suspect = recordOf({ state: 'suspect', rejections: 1, lastVerdict: 'rejected' });
const expired = recordOf({ state: 'expired', rejections: 3, lastVerdict: 'rejected' });

describe('status', () => {
  it('prints a table, worst first, with reason, tenant, since and last check', async () => {
    const { url } = await monitor(
      memoryPorts({
        entries: [
          [acme, healthy],
          [initech, null],
          [globex, expired],
          [umbrella, suspect],
        ],
      }),
    );
    const { out, code } = await run(['status', '--url', url]);
    expect(out).toBe(
      [
        'STATE     CONNECTION  TENANT     SINCE (UTC)          LAST CHECK           REASON',
        'expired   globex      globex     2026-01-01 00:00:00  2026-01-01 00:01:00  rejected after its expiry on 2026-01-01',
        'suspect   umbrella    umbrella   2026-01-01 00:00:00  2026-01-01 00:01:00  rejected once, being confirmed',
        'healthy   acme-siem   Acme Corp  2026-01-01 00:00:00  2026-01-01 00:01:00  -',
        'disabled  initech     initech    -                    -                    enabled is false',
        '',
        '1 valid, 1 rejected, 1 unknown, 1 disabled',
        '',
      ].join('\n'),
    );
    expect(code).toBe(1);
  });

  it('says of healthy keys that their date is that of the secret before', async () => {
    const declaredFor = { expiresAt: NEW_YEAR, fingerprint: 'previous', since: 0 };
    const dated = { ...acme, secretExpiresAt: NEW_YEAR };
    const { url } = await monitor(memoryPorts({ entries: [[dated, recordOf({ declaredFor })]] }));
    const { out, code } = await run(['status', '--url', url]);
    expect(out).toContain('the declared expiry is that of the previous secret: update it in the config');
    expect(code).toBe(0);
  });

  it.each<[string, HealthRecord | null, number]>([
    ['healthy', healthy, 0],
    ['revoked', recordOf({ state: 'revoked' }), 1],
    ['never_valid', recordOf({ state: 'never_valid' }), 1],
    ['expired', expired, 1],
    ['forbidden', recordOf({ state: 'forbidden' }), 1],
    ['suspect', suspect, 3],
    ['unverifiable', recordOf({ state: 'unverifiable', lastVerdict: 'timeout' }), 3],
    ['not checked yet', null, 3],
  ])('exits by the worst: one that is %s', async (_, record, expected) => {
    const { url } = await monitor(
      memoryPorts({
        entries: [
          [acme, record],
          [umbrella, healthy],
          [initech, null],
        ],
      }),
    );
    expect((await run(['status', '--url', url])).code).toBe(expected);
  });

  it('prints one JSON document and nothing else with --json', async () => {
    const { url } = await monitor(
      memoryPorts({
        entries: [
          [acme, healthy],
          [globex, expired],
        ],
      }),
    );
    const { out, err, code } = await run(['status', '--json', '--url', url]);
    expect(JSON.parse(out)).toMatchObject({
      summary: { valid: 1, invalid: 1, unknown: 0, disabled: 0 },
      connections: [
        { id: 'globex', state: 'expired' },
        { id: 'acme-siem', state: 'healthy', tenant: 'Acme Corp' },
      ],
    });
    expect(err).toBe('');
    expect(code).toBe(1);
  });

  it('tells of every open incident who was told of it, or why nobody was', async () => {
    const told = incidentOf(globex, { cause: 'expired' });
    const held = incidentOf(acme, {
      kind: 'credential_unverifiable',
      cause: null,
      severity: 'warning',
      audiences: [],
      notice: { due: 'firing', since: NEW_YEAR, held: 'outage', toldAt: null, quiet: null },
    });
    const entries = [
      [acme, healthy],
      [globex, expired],
    ] as const;
    const deliveries = new Map([[told.id, [deliveryIn('soc', 'delivered')]]]);
    const { url } = await monitor(memoryPorts({ entries, open: [told, held], deliveries }));
    const { out } = await run(['status', '--url', url]);
    expect(out).toMatch(
      /credential_invalid \(expired\) +globex +2026-01-01 00:01:00 +soc delivered 2026-01-01 00:01:30/,
    );
    expect(out).toMatch(/credential_unverifiable +acme-siem .* not while its gateway is out/);
    const { incidents } = JSON.parse((await run(['status', '--json', '--url', url])).out);
    expect(incidents).toMatchObject([
      { notice: { state: 'told', deliveries: [{ channel: 'soc', state: 'delivered', attempts: 1 }] } },
      { notice: { state: 'held', reason: 'outage', deliveries: [] } },
    ]);
  });

  it('lists critical incidents first, then older ones, and a digest before those it tells of', async () => {
    const one = (id: string, ageMinutes: number, more: Partial<Incident> = {}) =>
      incidentOf(globex, { id, startedAt: NEW_YEAR - ageMinutes * 60_000, ...more });
    const open = [
      one('warning', 90, { severity: 'warning' }),
      one('member-b', 20, { group: 'digest' }),
      one('young', 1),
      one('member-a', 30, { group: 'digest' }),
      one('digest', 30, { connection: null, subject: 'digest', members: ['globex', 'acme-siem'] }),
      one('old', 60),
    ];
    const { url } = await monitor(memoryPorts({ entries: [[globex, expired]], open }));
    const { incidents } = JSON.parse((await run(['status', '--json', '--url', url])).out);
    const ids = incidents.map(({ id }: { id: string }) => id);
    expect(ids).toEqual(['old', 'digest', 'member-a', 'member-b', 'young', 'warning']);
  });

  it('does not say told of what a channel gave up or has yet to take', async () => {
    const toldIn = (...channels: readonly string[]) =>
      incidentOf(globex, { audiences: [{ channels, total: 1, ids: ['globex'], tenant: null }] });
    const failed = [
      deliveryIn('soc', 'given_up', { failure: 'refused', reason: 'the receiver answered HTTP 410' }),
      deliveryIn('pager', 'retried', {
        ...{ failure: 'unavailable', reason: 'the receiver answered HTTP 503', attempts: 5 },
      }),
      { channel: 'mail', last: null, waits: true },
    ];
    const shown = async (
      incident: Incident,
      found: readonly ChannelDelivery[],
      ...args: readonly string[]
    ) => {
      const deliveries = new Map([[incident.id, found]]);
      const { url } = await monitor(
        memoryPorts({ entries: [[globex, expired]], open: [incident], deliveries }),
      );
      return (await run(['status', '--url', url, ...args])).out;
    };
    const everywhere = toldIn('soc', 'pager', 'mail', 'log');
    const text = await shown(everywhere, [...failed, deliveryIn('log', 'delivered')]);
    expect(text.trimEnd().split('  ').at(-1)).toBe(
      [
        'soc given up 2026-01-01 00:01:30 after 1 attempt: the receiver answered HTTP 410',
        'pager waiting since 2026-01-01 00:01:01, 5 attempts, the last: the receiver answered HTTP 503',
        'mail waiting since 2026-01-01 00:01:00, not tried yet',
        'log delivered 2026-01-01 00:01:30',
      ].join('; '),
    );
    const json = JSON.parse(await shown(toldIn('soc', 'pager', 'mail'), failed, '--json'));
    expect(json.incidents[0].notice).toMatchObject({
      state: 'waiting',
      deliveries: [
        { channel: 'soc', state: 'given_up', failure: 'refused', at: '2026-01-01T00:01:30.000Z' },
        { channel: 'pager', state: 'waiting', failure: 'unavailable', attempts: 5 },
        { channel: 'mail', state: 'waiting', failure: null, attempts: 0 },
      ],
    });
    const lost = JSON.parse(await shown(toldIn('soc'), failed, '--json'));
    expect(lost.incidents[0].notice).toMatchObject({ state: 'undelivered' });
  });

  it('says so when nothing is configured', async () => {
    const { url } = await monitor(memoryPorts({ entries: [] }));
    expect(await run(['status', '--url', url])).toMatchObject({
      out: 'no connections are configured\n',
      code: 0,
    });
  });

  it('takes address and token from the config', async () => {
    const token = new Secret('a token: ü');
    const { port } = await monitor(memoryPorts({ entries: [[acme, healthy]] }), { token });
    const config = await configFor({ listen: `127.0.0.1:${port}`, token: { env: 'MONITOR_TOKEN' } });
    const env = { MONITOR_TOKEN: token.reveal() };
    expect((await run(['status', '--config', config.path], env)).code).toBe(0);
  });

  it('asks where MIMECAST_MONITOR_LISTEN has the monitor serve, as in its container', async () => {
    const { port } = await monitor(memoryPorts({ entries: [[acme, healthy]] }));
    const config = await configFor({ listen: '127.0.0.1:1' });
    const env = { MIMECAST_MONITOR_LISTEN: `0.0.0.0:${port}` };
    expect((await run(['status', '--config', config.path], env)).code).toBe(0);
  });

  it('trusts the certificate that the config names', async () => {
    const pem = (kind: string) =>
      fileURLToPath(new URL(`../http/fixtures/localhost-test-only.${kind}.pem`, import.meta.url));
    const tls = { certPath: pem('cert'), keyPath: pem('key') };
    const { port, url } = await monitor(memoryPorts({ entries: [[acme, healthy]] }), { tls });
    const config = await configFor({
      listen: `127.0.0.1:${port}`,
      tls: { cert: tls.certPath, key: tls.keyPath },
    });
    expect((await run(['status', '--config', config.path])).code).toBe(0);
    await expect(run(['status', '--url', url])).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('DEPTH_ZERO_SELF_SIGNED_CERT'),
    });
  });

  it('says what to do where no monitor answers', async () => {
    const server = await monitor(memoryPorts({ entries: [] }));
    await server.close();
    await expect(run(['status', '--url', server.url])).rejects.toThrow(
      `no monitor answers at ${server.url}/ (ECONNREFUSED): start one with mimecast-monitor start, or say where it is with --url`,
    );
  });

  it('says what to do about a token that is missing or wrong, without showing it', async () => {
    const { url } = await monitor(memoryPorts({ entries: [] }), { token: new Secret('right') });
    await expect(run(['status', '--url', url])).rejects.toThrow(/asks for its token: give it with --token/);
    const wrong = run(['status', '--url', url, '--token', 'guessed']);
    await expect(wrong).rejects.toThrow(/does not take this token/);
    await expect(wrong).rejects.not.toThrow(/guessed/);
    expect((await run(['status', '--url', url, '--token', 'right'])).code).toBe(0);
  });

  it('says that a worker has no API', async () => {
    const { url } = await monitor(memoryPorts({ entries: [] }), { role: 'worker' });
    await expect(run(['status', '--url', url])).rejects.toThrow(/role worker/);
  });

  it('says that something else answers', async () => {
    const other = createServer((_, response) => response.end('<html>')).listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    cleanups.push(() => new Promise((resolve) => other.close(() => resolve())));
    const { port } = other.address() as AddressInfo;
    await expect(run(['status', '--url', `http://127.0.0.1:${port}`])).rejects.toMatchObject({
      code: 'not_a_monitor',
    });
  });

  it('passes on why the monitor could not answer', async () => {
    const ports = memoryPorts({ entries: [[acme, healthy]] });
    const readSummaries = () => Promise.reject(new Error('no connection to Redis'));
    const { url } = await monitor({ ...ports, records: { ...ports.records, readSummaries } });
    await expect(run(['status', '--url', url])).rejects.toThrow(/answered 503: Redis gives no answer/);
  });

  it.each(['monitor', 'ftp://127.0.0.1', 'http://user:secret@127.0.0.1'])('refuses --url %s', async (url) => {
    await expect(run(['status', '--url', url])).rejects.toMatchObject({ code: 'usage' });
    await expect(run(['status', '--url', url])).rejects.not.toThrow(/secret/);
  });

  it('tells of a config that is missing', async () => {
    await expect(run(['status'])).rejects.toMatchObject({ code: 'config_missing' });
  });
});

describe('reload', () => {
  function reloading(outcome: Awaited<ReturnType<HttpPorts['reload']>>, asked: boolean[] = []): HttpPorts {
    const reload = async (allowRemovals: boolean) => {
      asked.push(allowRemovals);
      return outcome;
    };
    return memoryPorts({ entries: [] }, { reload });
  }

  it('prints the difference, and warnings beside it', async () => {
    const asked: boolean[] = [];
    const difference = { added: 1, removed: 0, changed: 2, unchanged: 9 };
    const ports = reloading(
      { kind: 'reloaded', ...difference, warnings: ['tenants.yaml:3:1: look at this'] },
      asked,
    );
    const { url } = await monitor(ports);
    expect(await run(['reload', '--url', url])).toEqual({
      code: 0,
      out: '1 added, 0 removed, 2 changed, 9 unchanged\n',
      err: 'mimecast-monitor: warning: tenants.yaml:3:1: look at this\n',
    });
    await run(['reload', '--allow-removals', '--url', url]);
    expect(asked).toEqual([false, true]);
  });

  it('prints every mistake of a refused config and exits with 2', async () => {
    const issues = ['tenants.yaml:3:1: id: is twice', 'tenants.yaml:9:1: region: must be us'];
    const { url } = await monitor(reloading({ kind: 'rejected', issues }));
    expect(await run(['reload', '--url', url])).toEqual({
      code: 2,
      out: '',
      err: [...issues, 'mimecast-monitor: refused: the monitor goes on with the previous config', ''].join(
        '\n',
      ),
    });
  });
});
