import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { request } from 'undici';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { makeConfigFolder } from '../helpers/config-file.ts';
import { freePort } from '../helpers/free-port.ts';
import { type MonitorProcess, runMonitor } from '../helpers/monitor-process.ts';
import { startTestRedis } from '../helpers/redis.ts';
import { startWebhookReceiver } from '../helpers/webhook-receiver.ts';
import { dump, formsOf, makeSecret, whileWatching } from './secret-search.ts';
import { ask, Cleanup, connections, eventually, lineAfter, QUICK_CHECKS, ready } from './world.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

interface EchoingGateway {
  readonly origin: string;
  /** Every token that passed. */
  readonly tokens: ReadonlySet<string>;
  /** From now on this client id is answered with what it sent, in one of these ways. */
  echo(clientId: string, way: number): void;
  /** How many answers of this kind were given. */
  readonly echoed: number;
  close(): Promise<void>;
}

type Echo = (sent: string, clientId: string, secret: string, token: string) => [number, object, string];

const JSON_TYPE = { 'content-type': 'application/json' };

/** What a careless gateway, or a debugging proxy in front of it, may answer with. */
const ECHOES: readonly Echo[] = [
  (sent, id, secret) => [
    401,
    { ...JSON_TYPE, 'x-request-id': secret },
    JSON.stringify({
      fail: [{ code: 'InvalidClientIdentifier', message: `no ${id} with ${secret}: ${sent}` }],
    }),
  ],
  (_, id, secret) => [403, JSON_TYPE, JSON.stringify({ fail: [{ code: secret, message: id }] })],
  (_, id, secret) => [401, JSON_TYPE, JSON.stringify({ error: id, error_description: secret })],
  (sent) => [500, { 'content-type': 'text/plain' }, sent],
  (sent) => [200, { 'content-type': 'text/html' }, `<title>${sent}</title>`],
  (sent, id, secret) => [302, { location: `/login?${sent}#${encodeURIComponent(id + secret)}` }, ''],
  (_, id, secret, token) => [
    200,
    JSON_TYPE,
    JSON.stringify({ access_token: token, fail: [{ code: 'err_x', message: `${token} ${id} ${secret}` }] }),
  ],
  (_, id, secret, token) => [200, JSON_TYPE, `{"access_token":"${token}","id":"${id}","s":"${secret}`],
];

/** Denies a call of the API with what it was called with, wherever an answer can hold it. */
function tellTheToken({ headers }: IncomingMessage, response: ServerResponse): void {
  const { authorization = '' } = headers;
  const token = authorization.replace('Bearer ', '');
  response.writeHead(403, { ...JSON_TYPE, 'x-request-id': token, location: `/${token}` });
  response.end(JSON.stringify({ fail: [{ code: token, message: authorization }], data: [authorization] }));
}

/** Passes token requests on to the simulator and remembers the tokens, or plays a gateway that tells too much. */
async function startEchoingGateway(simulator: Simulator): Promise<EchoingGateway> {
  const tokens = new Set<string>();
  const ways = new Map<string, Echo>();
  let echoed = 0;
  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    let sent = '';
    for await (const chunk of incoming) sent += chunk;
    if (incoming.url !== '/oauth/token') {
      tellTheToken(incoming, response);
      return;
    }
    const form = new URLSearchParams(sent);
    const clientId = form.get('client_id') ?? '';
    const { 'content-type': type = '' } = incoming.headers;
    const passed = await request(`${simulator.origin}${incoming.url}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: sent,
      reset: true,
    });
    const text = await passed.body.text();
    const token = /"access_token":"(\w+)"/.exec(text)?.[1] ?? 'none';
    if (token !== 'none') tokens.add(token);
    const echo = ways.get(clientId);
    if (!echo) {
      response.writeHead(passed.statusCode, { 'content-type': 'application/json' }).end(text);
      return;
    }
    const [status, headers, body] = echo(sent, clientId, form.get('client_secret') ?? '', token);
    response.writeHead(status, { ...headers }).end(body);
    echoed += 1;
  };
  const server = createServer((incoming, response) => {
    answer(incoming, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tokens,
    echo: (clientId, way) => ways.set(clientId, ECHOES[way] ?? (ECHOES[0] as Echo)),
    get echoed() {
      return echoed;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function everyAnswer(monitor: MonitorProcess, ids: readonly string[], token: string): Promise<string> {
  const paths = ['/metrics', '/', '/healthz', '/readyz', '/nothing', '/api/v1/connections'];
  paths.push('/api/v1/incidents', '/api/v1/incidents?status=resolved');
  paths.push(...ids.map((id) => `/api/v1/connections/${id}`));
  const answers = await Promise.all(paths.map((path) => ask(monitor, path, { token })));
  const reload = await ask(monitor, '/api/v1/reload', { method: 'POST', token });
  return [...answers, reload].map(({ text }) => text).join('\n');
}

describe('a secret', () => {
  it('is found nowhere but where it belongs', async () => {
    const ids = ['acme-env', 'acme-file', 'globex-exec', 'globex-literal', 'initech-echo'];
    const keys = ids.map((id) => ({
      clientId: makeSecret(`${id}-id`),
      clientSecret: makeSecret(`${id}-secret`),
    }));
    const simulator = cleanup.add(await startSimulator({ keys }), (it) => it.close());
    const gateway = cleanup.add(await startEchoingGateway(simulator), (it) => it.close());
    const receiver = cleanup.add(await startWebhookReceiver(), (it) => it.close());
    const redis = cleanup.add(await startTestRedis(), (it) => it.stop());
    const client = redis.client();
    const port = await freePort();
    const [env, file, exec, literal, echo] = keys;
    if (!env || !file || !exec || !literal || !echo) throw new Error('Five connections are needed');

    const hookKey = randomBytes(12).toString('hex');
    const signing = Buffer.from(randomBytes(24)).toString('base64');
    const httpToken = `token/${randomBytes(9).toString('base64url')}`;
    const password = randomBytes(12).toString('hex');
    await client.config('SET', 'port', String(port));
    await client.config('SET', 'requirepass', password);

    const config = cleanup.add(await makeConfigFolder({ version: 1 }), (it) => it.remove());
    await config.writeFile('acme-id', `${file.clientId}\n`);
    await config.writeFile('acme-secret', `${file.clientSecret}\n`);
    await config.writeFile('globex-secret', `${exec.clientSecret}\n`);
    await config.writeFile('token', httpToken);
    await config.writeFile('signing', `whsec_${signing}`);
    const closed = await freePort();
    const whole = {
      version: 1,
      // Nine commands ask at once below, perhaps on a busy machine.
      checks: { ...QUICK_CHECKS, interval: '30s', timeout: '20s', unverifiableAfter: '1s' },
      defaults: { baseUrl: gateway.origin, probe: { method: 'POST' } },
      alerts: {
        channels: {
          soc: { type: 'webhook', url: { env: 'HOOK' }, signingSecret: { file: 'signing' } },
          down: { type: 'webhook', url: { env: 'DOWN' } },
          console: { type: 'log' },
        },
      },
      redis: { url: { env: 'MY_REDIS' } },
      http: { token: { file: 'token' } },
      connections: [
        { id: 'acme-env', clientId: { env: 'ACME_ID' }, clientSecret: { env: 'ACME_SECRET' } },
        { id: 'acme-file', clientId: { file: 'acme-id' }, clientSecret: { file: 'acme-secret' } },
        { id: 'globex-exec', clientId: exec.clientId, clientSecret: { exec: ['cat', 'globex-secret'] } },
        { id: 'globex-literal', clientId: literal.clientId, clientSecret: literal.clientSecret },
        { id: 'initech-echo', clientId: echo.clientId, clientSecret: echo.clientSecret },
      ],
    };
    await config.write(whole);
    const variables = {
      LOG_LEVEL: 'trace',
      ACME_ID: env.clientId,
      ACME_SECRET: env.clientSecret,
      HOOK: `${receiver.url}?key=${hookKey}`,
      DOWN: `http://soc:${hookKey}@127.0.0.1:${closed}/${hookKey}`,
      MY_REDIS: `redis://:${password}@127.0.0.1:${port}`,
    };
    const commands = new Set<string>();
    const places: Record<string, string> = {};

    // The usual life: keys that work, one that is revoked, and one that is answered with what it sent.
    const monitor = await whileWatching(commands, cleanup.start(['--config', config.path], variables));
    await ready(monitor);
    const states = async () =>
      Object.fromEntries((await connections(monitor, httpToken)).map(({ id, state }) => [id, state]));
    const checkNow = (id: string) =>
      ask(monitor, `/api/v1/connections/${id}/check`, { method: 'POST', token: httpToken });
    for (const id of ids) await checkNow(id);
    await eventually('all are healthy', async () =>
      Object.values(await states()).every((one) => one === 'healthy'),
    );
    receiver.answerNext(503);
    for (const { clientId } of [env, file, exec, literal])
      simulator.setBehaviour(clientId, { kind: 'revoked' });
    for (const id of ids.slice(0, 4)) await checkNow(id);
    await eventually('four are revoked', async () => {
      const now = Object.values(await states());
      return now.filter((one) => one === 'revoked').length === 4;
    });
    for (let way = 0; way < ECHOES.length; way++) {
      gateway.echo(echo.clientId, way);
      const before = gateway.echoed;
      await checkNow('initech-echo');
      await eventually('the answer was given', () => gateway.echoed > before);
    }
    await receiver.waitFor(({ connection }) => connection?.id === 'acme-env');
    await receiver.waitFor(({ kind }) => kind === 'permission_lost');
    await monitor.waitFor(
      ({ msg, channel }) =>
        msg === 'a notification could not be delivered and is tried again' && channel === 'down',
    );

    // A reload of a file with mistakes right beside the secrets.
    const from = monitor.lines.length;
    const broken = whole.connections.map((one) => ({ ...one, secrets: one.clientSecret, region: 'mars' }));
    await config.write({
      ...whole,
      connections: [...broken, ...broken],
      redis: { url: variables.MY_REDIS, x: 1 },
    });
    monitor.signal('SIGHUP');
    await lineAfter(monitor, from, ({ msg }) => msg === 'the changed config was refused');
    await receiver.waitFor(({ kind, status }) => kind === 'config_rejected' && status === 'firing');
    const read = ['--config', config.path];
    const refused = await runMonitor(['validate', ...read], variables);
    expect(refused.code).toBe(2);
    places['the answers, with a config that is refused'] = await everyAnswer(monitor, ids, httpToken);
    await config.write(whole);
    monitor.signal('SIGHUP');
    await receiver.waitFor(({ kind, status }) => kind === 'config_rejected' && status === 'resolved');

    // Every command that reads the same file; those that fail as well.
    const runs = await whileWatching(
      commands,
      Promise.all(
        [
          ['validate', ...read],
          ['validate', '--json', ...read],
          ['check', ...read],
          ['check', '--json', ...read],
          ['status', '--url', monitor.url, ...read],
          ['status', '--json', '--url', monitor.url, ...read],
          ['reload', '--url', monitor.url, ...read],
          ['status', '--url', `http://127.0.0.1:${closed}`, ...read],
          ['start', '--listen', new URL(monitor.url).host, ...read],
        ].map((args) => runMonitor(args, variables)),
      ),
    );
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 1, 1, 1, 1, 0, 2, 2]);

    places['the answers'] = await everyAnswer(monitor, ids, httpToken);
    places['the process list'] = [...commands].join('\n');
    expect(await monitor.stop()).toBe(0);
    places['Redis'] = await dump(client);
    places['the log'] = monitor.output();
    places['the commands'] = [...runs, refused].map(({ stdout, stderr }) => stdout + stderr).join('\n');
    places['the messages'] = receiver.received
      .map(({ headers, body }) => `${JSON.stringify(headers)}\n${body}`)
      .join('\n');

    const secrets = new Map<string, string>([
      ['the key in the webhook URL', hookKey],
      ['the signing secret', signing],
      ['the token of the monitor', httpToken],
      ['the password of Redis', password],
      ...keys.flatMap(({ clientId, clientSecret }, index): [string, string][] => [
        [`the client id of ${ids[index]}`, clientId],
        [`the client secret of ${ids[index]}`, clientSecret],
      ]),
      ...[...gateway.tokens].map((token, index): [string, string] => [`token ${index + 1}`, token]),
    ]);
    expect(gateway.tokens.size).toBeGreaterThanOrEqual(ids.length);
    const found: string[] = [];
    for (const [place, text] of Object.entries(places)) {
      // A place that does not even name a connection, or the program, was not looked at.
      expect([place, text.length, /acme-env|mimecast-monitor/.test(text)]).toEqual([
        place,
        text.length,
        true,
      ]);
      for (const [what, secret] of secrets) {
        if (formsOf(secret).some((form) => text.includes(form))) found.push(`${what} in ${place}`);
      }
    }
    expect(found).toEqual([]);
  }, 120_000);
});
