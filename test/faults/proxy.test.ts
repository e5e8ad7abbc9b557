import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Verdict } from '../../src/domain/verdict.ts';
import { Cleanup } from '../e2e/world.ts';
import { runMonitor } from '../helpers/monitor-process.ts';
import { authorityFile, issue } from './authority.ts';
import {
  getsVerdict,
  isBackAt,
  type Level,
  levelOf,
  type NetworkScene,
  neighbourGoesOn,
  provesNothing,
  setNetworkScene,
  toldNothingFalse,
  verdictsOf,
} from './network.ts';
import { type Manner, type ProxyServer, startProxyServer } from './proxy-server.ts';
import { startRawGateway } from './raw-gateway.ts';

/** A name that no DNS knows: whoever gets there was led by the proxy. */
const HOST = 'acme.services.mimecast.com';

const FAULTS: readonly (readonly [Manner | 'is down', Verdict, said: string])[] = [
  ['is down', 'network_error', 'the connection was refused'],
  [
    'wants a password',
    'network_error',
    'the proxy answered 407 and opened no tunnel; it wants a user name and password',
  ],
  ['says 503', 'network_error', 'the proxy answered 503 and opened no tunnel'],
  ['hangs', 'timeout', 'no complete answer before the deadline'],
  ['closes', 'network_error', 'the proxy closed the connection and opened no tunnel'],
  ['breaks the tunnel', 'network_error', 'the connection was reset'],
  ['speaks no HTTP', 'network_error', 'the answer was not HTTP'],
];

const cleanup = new Cleanup();
let proxy: ProxyServer;
let env: Record<string, string>;
let origins: Record<string, string>;
let scene: NetworkScene;
let before: Level;

beforeAll(async () => {
  proxy = cleanup.add(await startProxyServer(), (it) => it.close());
  const tls = issue({ dnsNames: [HOST] });
  const encrypted = cleanup.add(await startRawGateway({ tls }), (it) => it.close());
  const plain = cleanup.add(await startRawGateway(), (it) => it.close());
  origins = {
    'acme-https': `https://${HOST}:${encrypted.port}`,
    'acme-http': `http://localhost:${plain.port}`,
  };
  env = {
    HTTPS_PROXY: proxy.url,
    HTTP_PROXY: proxy.url,
    // The neighbour and the receiver of notifications: what is there must not depend on the proxy.
    NO_PROXY: '127.0.0.1',
    NODE_EXTRA_CA_CERTS: await authorityFile(cleanup),
  };
  scene = await setNetworkScene(cleanup, { gateways: origins, env });
  for (const id of Object.keys(origins)) await getsVerdict(scene.monitor, id, 'valid');
  before = levelOf(scene.monitor.pid);
});
afterAll(() => cleanup.run());

describe('a proxy', () => {
  it('is led through by its own knowledge of names, and passed by for the hosts of NO_PROXY', () => {
    expect([...proxy.asked].sort()).toEqual([HOST, 'localhost']);
  });

  it.each(FAULTS)('that %s is a %s: %s', async (manner, verdict, said) => {
    const { monitor, config } = scene;
    if (manner === 'is down') await proxy.goDown();
    else proxy.behave(manner);
    const ids = Object.keys(origins);
    await Promise.all(ids.map((id) => getsVerdict(monitor, id, verdict)));
    for (const id of ids) await provesNothing(scene, id);
    if (manner === 'hangs') await neighbourGoesOn(scene);
    const told = await runMonitor(['check', 'acme-https', '--config', config, '--json'], env);
    const { connections } = JSON.parse(told.stdout) as { connections: object[] };
    expect(connections).toMatchObject([{ verdict, ...(verdict !== 'timeout' && { message: said }) }]);

    if (manner === 'is down') await proxy.comeUp();
    proxy.behave('works');
    await Promise.all(ids.map((id) => getsVerdict(monitor, id, 'valid')));
  });

  it('in trouble costs neither memory nor descriptors that are not given back, and nobody is told of any key', async () => {
    const seen = await Promise.all(Object.values(origins).map((origin) => verdictsOf(scene.monitor, origin)));
    for (const verdicts of seen) expect(verdicts).toEqual(['network_error', 'timeout', 'valid']);
    await isBackAt(scene.monitor.pid, before, 4);
    toldNothingFalse(scene);
  });
});
