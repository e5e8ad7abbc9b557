import type { TlsOptions } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Verdict } from '../../src/domain/verdict.ts';
import { Cleanup } from '../e2e/world.ts';
import { runMonitor } from '../helpers/monitor-process.ts';
import { authorityFile, issue, selfSigned } from './authority.ts';
import {
  allGet,
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

const DAY = 86_400_000;
const NAMED = { dnsNames: ['localhost'] };

interface Fault {
  readonly what: string;
  readonly code: string | RegExp;
  readonly presents: TlsOptions;
  /** `localhost` when left out. */
  readonly host?: string;
}

const FAULTS: readonly Fault[] = [
  {
    what: 'has expired',
    code: 'CERT_HAS_EXPIRED',
    presents: issue({ ...NAMED, notAfter: new Date(Date.now() - DAY) }),
  },
  {
    what: 'is not valid yet',
    code: 'CERT_NOT_YET_VALID',
    presents: issue({ ...NAMED, notBefore: new Date(Date.now() + DAY) }),
  },
  { what: 'is self-signed', code: 'DEPTH_ZERO_SELF_SIGNED_CERT', presents: selfSigned(NAMED) },
  {
    what: 'has the wrong name',
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    presents: issue({ dnsNames: ['api.services.example'] }),
  },
  {
    what: 'has a name where the gateway is an address',
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    presents: issue(NAMED),
    host: '127.0.0.1',
  },
  {
    what: 'comes with nothing above TLS 1.1',
    code: /^ERR_SSL_|^EPROTO$/,
    presents: { ...issue(NAMED), minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
  },
];

const cleanup = new Cleanup();
const gateways: (RawGateway & { readonly origin: string; readonly good: TlsOptions })[] = [];
const idOf = (index: number) => `acme-${index}`;
/** Such as would have Node speak TLS 1.0, if it were asked. */
const LAX = { NODE_OPTIONS: '--tls-min-v1.0 --tls-cipher-list=DEFAULT@SECLEVEL=0' };
const each = (verdict: Verdict): Record<string, Verdict> =>
  Object.fromEntries(FAULTS.map((_, index) => [idOf(index), verdict]));
let env: Record<string, string>;
let scene: NetworkScene;
let before: Level;

beforeAll(async () => {
  for (const { host = 'localhost' } of FAULTS) {
    const tls = issue({ ...NAMED, addresses: ['127.0.0.1'] });
    const gateway = cleanup.add(await startRawGateway({ tls }), (it) => it.close());
    gateways.push({ ...gateway, origin: `https://${host}:${gateway.port}`, good: tls });
  }
  env = { ...LAX, NODE_EXTRA_CA_CERTS: await authorityFile(cleanup) };
  const named = Object.fromEntries(gateways.map(({ origin }, index) => [idOf(index), origin]));
  scene = await setNetworkScene(cleanup, { gateways: named, env });
  await allGet(scene.monitor, each('valid'));
  before = levelOf(scene.monitor.pid);
});
afterAll(() => cleanup.run());

/** What `check` says of one connection. */
async function checked(id: string, settings: Record<string, string>): Promise<object | undefined> {
  const told = await runMonitor(['check', id, '--config', scene.config, '--json'], settings);
  return (JSON.parse(told.stdout) as { connections: object[] }).connections[0];
}

describe('a certificate that', () => {
  it.each(FAULTS.map((fault, index) => [fault.what, fault, index] as const))(
    '%s is a tls_error and says nothing of the keys, until it is replaced',
    async (_what, { code, presents }, index) => {
      const { monitor } = scene;
      const gateway = gateways[index];
      const id = idOf(index);
      if (!gateway) throw new Error('there is a gateway for each fault');
      gateway.present(presents);
      const asked = gateway.requests();
      await getsVerdict(monitor, id, 'tls_error');
      await provesNothing(scene, id);
      const named = typeof code === 'string' ? code : expect.stringMatching(code);
      expect(await checked(id, env)).toMatchObject({ verdict: 'tls_error', code: named });
      // No secret was sent to somebody who did not prove who he is.
      expect(gateway.requests()).toBe(asked);

      gateway.present(gateway.good);
      await getsVerdict(monitor, id, 'valid');
      const verdicts = await verdictsOf(monitor, gateway.origin);
      // A check may have been under way when the gateway dropped its connections.
      expect(verdicts.filter((one) => one !== 'network_error')).toEqual(['tls_error', 'valid']);
    },
  );
});

describe("a certificate of an authority of one's own", () => {
  it('is good where NODE_EXTRA_CA_CERTS names the authority, and nowhere else', async () => {
    expect(await checked(idOf(0), env)).toMatchObject({ verdict: 'valid' });
    const code = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';
    expect(await checked(idOf(0), {})).toMatchObject({ verdict: 'tls_error', code });
  });

  it('is not made good by switching verification off: nothing is done then', async () => {
    for (const command of ['check', 'start']) {
      const off = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
      const told = await runMonitor([command, '--config', scene.config], off);
      expect(told).toMatchObject({ code: 2, stdout: '' });
      expect(told.stderr).toMatch(/^mimecast-monitor: NODE_TLS_REJECT_UNAUTHORIZED=0 would .*\n$/);
    }
  });
});

describe('all of these together', () => {
  it('cost neither memory nor descriptors that are not given back, and are told to nobody', async () => {
    const { monitor } = scene;
    for (const [index, gateway] of gateways.entries()) gateway.present(FAULTS[index]?.presents ?? {});
    await allGet(monitor, each('tls_error'));
    for (const [index] of FAULTS.entries()) await provesNothing(scene, idOf(index));
    await neighbourGoesOn(scene);
    for (const gateway of gateways) gateway.present(gateway.good);
    await allGet(monitor, each('valid'));
    await isBackAt(monitor.pid, before, FAULTS.length);
    toldNothingFalse(scene);
  });
});
