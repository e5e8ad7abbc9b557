import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Cleanup, ready, sampleOf, samples, shown } from '../e2e/world.ts';
import { runMonitor } from '../helpers/monitor-process.ts';
import { authorityFile, issue } from './authority.ts';
import { type DnsServer, type Known, startDnsServer } from './dns-server.ts';
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
import { type RawGateway, startRawGateway } from './raw-gateway.ts';

const ALLOWED = 'acme.services.mimecast.com';
/** One that nobody allowed to be on this machine. */
const OTHER = 'initech.services.mimecast.com';

const cleanup = new Cleanup();
let dns: DnsServer;
let first: RawGateway;
let second: RawGateway;
let env: Record<string, string>;
let scene: NetworkScene;
let before: Level;

beforeAll(async () => {
  dns = await startDnsServer(cleanup);
  const tls = issue({ dnsNames: [ALLOWED, OTHER] });
  first = cleanup.add(await startRawGateway({ tls }), (it) => it.close());
  second = cleanup.add(await startRawGateway({ tls, host: '127.0.0.2', port: first.port }), (it) =>
    it.close(),
  );
  env = { NODE_EXTRA_CA_CERTS: await authorityFile(cleanup) };
  const gateways = { acme: `https://${ALLOWED}:${first.port}`, initech: `https://${OTHER}:${first.port}` };
  const checks = { allowedHosts: [ALLOWED] };
  scene = await setNetworkScene(cleanup, { gateways, checks, env, through: dns.through });
});
afterAll(() => cleanup.run());

/** What `check` says, with the same resolver. */
async function checked(id: string): Promise<object | undefined> {
  const args = ['check', id, '--config', scene.config, '--json'];
  const { stdout } = await runMonitor(args, env, '', dns.through);
  return (JSON.parse(stdout) as { connections: object[] }).connections[0];
}

describe('the name of a gateway', () => {
  it('that is found nowhere says nothing of the keys, and is looked for again with each check', async () => {
    const { monitor } = scene;
    await getsVerdict(monitor, 'acme', 'network_error');
    expect(await checked('acme')).toMatchObject({
      code: 'ENOTFOUND',
      message: 'the host name was not found in DNS',
    });
    expect((await shown(monitor, 'acme')).state).toBe('pending');
    await ready(monitor);
    expect(
      sampleOf(await samples(monitor), 'mimecast_credential_valid', { connection: 'acme' }),
    ).toBeUndefined();

    dns.know(ALLOWED, ['127.0.0.1']);
    await getsVerdict(monitor, 'acme', 'valid');
    expect(first.requests()).toBeGreaterThan(0);
    before = levelOf(monitor.pid);
  });

  it.each<[Known, 'network_error' | 'timeout', string | null]>([
    ['no such name', 'network_error', 'ENOTFOUND'],
    ['failure', 'network_error', 'EAI_AGAIN'],
    ['silence', 'timeout', null],
  ])('to which DNS answers %j is a %s, while its neighbour goes on', async (known, verdict, code) => {
    dns.know(ALLOWED, known);
    // What is connected already needs no name.
    first.dropAll();
    await getsVerdict(scene.monitor, 'acme', verdict);
    expect(await checked('acme')).toMatchObject({ verdict, code });
    await provesNothing(scene, 'acme');
    await neighbourGoesOn(scene);
    dns.know(ALLOWED, ['127.0.0.1']);
    await getsVerdict(scene.monitor, 'acme', 'valid');
  });

  it('that leads elsewhere after a failure is followed there', async () => {
    const there = second.requests();
    dns.know(ALLOWED, ['127.0.0.2']);
    first.dropAll();
    await getsVerdict(scene.monitor, 'acme', 'valid');
    expect(second.requests()).toBeGreaterThan(there);
  });
});

describe('a name that leads to where no gateway can be', () => {
  it.each([
    ['169.254.169.254', 'ADDRESS_METADATA'],
    ['fd00:ec2::254', 'ADDRESS_METADATA'],
    ['100.100.100.200', 'ADDRESS_METADATA'],
    ['::ffff:a9fe:a9fe', 'ADDRESS_METADATA'],
    ['169.254.1.1', 'ADDRESS_LINK_LOCAL'],
    ['fe80::1', 'ADDRESS_LINK_LOCAL'],
    // A connection to this one would reach the gateway of this test.
    ['0.0.0.0', 'ADDRESS_UNSPECIFIED'],
  ])(
    '(%s) is a network_error: %s, and is followed again when it leads to the gateway',
    async (address, code) => {
      const { monitor } = scene;
      dns.know(ALLOWED, [address]);
      second.dropAll();
      const asked = [first.requests(), second.requests()];
      await getsVerdict(monitor, 'acme', 'network_error');
      expect(await checked('acme')).toMatchObject({ verdict: 'network_error', code });
      expect([first.requests(), second.requests()]).toEqual(asked);
      await provesNothing(scene, 'acme');
      // The good one of several is used, and no other.
      dns.know(ALLOWED, [address, '127.0.0.2']);
      await getsVerdict(monitor, 'acme', 'valid');
    },
  );

  it('is one that leads to this machine and is not allowed to: it was never sent anything', async () => {
    const { monitor } = scene;
    dns.know(OTHER, ['127.0.0.1', '127.0.0.2']);
    const asked = first.requests();
    await getsVerdict(monitor, 'initech', 'network_error');
    expect(await checked('initech')).toMatchObject({
      verdict: 'network_error',
      code: 'ADDRESS_LOOPBACK',
      message: 'the host name leads to this machine, which checks.allowedHosts does not allow for it',
    });
    expect(first.requests()).toBe(asked);
    expect(await verdictsOf(monitor, `https://${OTHER}:${first.port}`)).toEqual(['network_error']);
  });
});

describe('all of this', () => {
  it('costs neither memory nor descriptors that are not given back, and is told to nobody', async () => {
    await isBackAt(scene.monitor.pid, before, 2);
    toldNothingFalse(scene);
  });
});
