import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from '@jest/globals';
import { guardedLookup, refusalOf, refuseLiteral } from '../../src/mimecast/egress.ts';
import { closedPort, exchanger, PATIENT_MS, requestOf, sendToken, serve, serveTcp } from './servers.ts';

const GATEWAY = 'us-api.services.mimecast.com';

describe('a secret', () => {
  it.each([
    // Mimecast's own, private and shared networks, and the neighbours of what is refused.
    '205.139.111.1',
    '10.0.0.1',
    '192.168.1.1',
    '100.100.100.199',
    '100.100.100.201',
    '169.253.255.255',
    '169.255.0.0',
    '168.63.129.15',
    '1.0.0.0',
    '2a02:ec80::1',
    'fd00:ec1::254',
    'fe00::1',
    'fec0::1',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    '64:ff9b:1::a00:1',
    '::10.0.0.1',
  ])('may be sent to %s', (address) => {
    expect(refusalOf(address, GATEWAY, [])).toBeNull();
  });

  it.each([
    ['169.254.0.0', 'link_local'],
    ['169.254.169.253', 'link_local'],
    ['169.254.255.255', 'link_local'],
    ['::ffff:169.254.1.1', 'link_local'],
    ['::ffff:a9fe:101', 'link_local'],
    ['0:0:0:0:0:ffff:a9fe:101', 'link_local'],
    ['64:ff9b::a9fe:101', 'link_local'],
    ['2002:a9fe:101::1', 'link_local'],
    ['64:ff9b:1::a9fe:101', 'link_local'],
    ['::169.254.1.1', 'link_local'],
    ['::ffff:0:169.254.1.1', 'link_local'],
    ['fe80::1', 'link_local'],
    ['fe80::1%eth0', 'link_local'],
    ['febf:ffff::1', 'link_local'],
    ['FE80::1', 'link_local'],
    ['169.254.169.254', 'metadata'],
    ['::ffff:169.254.169.254', 'metadata'],
    ['64:ff9b::a9fe:a9fe', 'metadata'],
    ['64:ff9b:1::a9fe:a9fe', 'metadata'],
    ['::a9fe:a9fe', 'metadata'],
    ['::ffff:0:a9fe:a9fe', 'metadata'],
    ['fd00:ec2::254', 'metadata'],
    ['fd00:0ec2:0:0::254', 'metadata'],
    ['fd20:ce::254', 'metadata'],
    ['100.100.100.200', 'metadata'],
    ['::ffff:100.100.100.200', 'metadata'],
    ['168.63.129.16', 'metadata'],
    ['192.0.0.192', 'metadata'],
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['::', 'unspecified'],
    ['::ffff:0.0.0.0', 'unspecified'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['::1', 'loopback'],
    ['::127.0.0.1', 'loopback'],
    ['::ffff:0:127.0.0.1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
  ])('is not sent to %s: %s', (address, reason) => {
    expect(refusalOf(address, GATEWAY, [])).toBe(reason);
  });

  it('is sent to this machine where the host says so itself, or is allowed explicitly', () => {
    for (const host of ['localhost', '127.0.0.1', '[::1]'])
      expect(refusalOf('127.0.0.1', host, [])).toBeNull();
    expect(refusalOf('::1', GATEWAY, [GATEWAY])).toBeNull();
    expect(refusalOf('::1', GATEWAY, ['proxy.example'])).toBe('loopback');
  });

  it('is sent to none of the other addresses though the host is allowed explicitly', () => {
    expect(refusalOf('169.254.169.254', GATEWAY, [GATEWAY])).toBe('metadata');
    expect(refusalOf('fe80::1', GATEWAY, [GATEWAY])).toBe('link_local');
    expect(refusalOf('0.0.0.0', GATEWAY, [GATEWAY])).toBe('unspecified');
  });

  it('does not leave this machine in clear text because localhost was made to lead elsewhere', () => {
    expect(refusalOf('205.139.111.1', 'localhost', ['localhost'])).toBe('not_loopback');
  });
});

describe('a gateway named by its address', () => {
  it.each([
    'https://169.254.169.254',
    'https://2852039166',
    'https://0xa9fea9fe:8443',
    'https://[::ffff:169.254.169.254]',
    'https://[fe80::1]',
    'https://[::]',
    'https://0',
  ])('%s is refused', (gateway) => {
    expect(() => refuseLiteral(gateway)).toThrow('the address was refused');
  });

  it.each(['http://127.0.0.1:1', 'http://[::1]:1', 'https://10.0.0.1', 'https://169.254.example'])(
    '%s is not',
    (gateway) => {
      expect(() => refuseLiteral(gateway)).not.toThrow();
    },
  );

  it('is a network_error that says why, also where a proxy would make the connection', async () => {
    for (const env of [{}, { HTTPS_PROXY: `http://127.0.0.1:${await closedPort()}` }]) {
      const one = exchanger({ env, allowedHosts: () => ['169.254.169.254'] });
      expect(await one.exchange('https://169.254.169.254', requestOf(), PATIENT_MS)).toEqual({
        kind: 'failure',
        verdict: 'network_error',
        code: 'ADDRESS_METADATA',
        message: "the host is at the address of a cloud's metadata service",
      });
    }
  });
});

// `localhost` is the one name that every machine knows; here it stands for one that is no loopback name.
describe('the look-up of a host name', () => {
  type Found = readonly [code: string | undefined, addresses: string | LookupAddress[]];
  const find = (host: string, allowed: readonly string[], all: boolean): Promise<Found> =>
    new Promise((resolve) => {
      guardedLookup(() => allowed)(host, { all }, (error, addresses) => resolve([error?.code, addresses]));
    });

  it('gives one address, or all, as it is asked', async () => {
    const [, all] = await find('localhost', [], true);
    expect(all).toContainEqual({ address: '127.0.0.1', family: 4 });
    expect([...(all as LookupAddress[])].map(({ address }) => address)).toContain(
      (await find('localhost', [], false))[1],
    );
  });

  it('gives those of the family that is asked for', async () => {
    const addresses = await new Promise((resolve) => {
      guardedLookup(() => [])('localhost', { all: true, family: 4 }, (_, found) => resolve(found));
    });
    expect(addresses).toEqual([{ address: '127.0.0.1', family: 4 }]);
  });

  it('fails as the system does where there is nothing', async () => {
    expect((await find('nowhere.invalid', [], true))[0]).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/);
  });

  it('refuses what leads to this machine under another name, until that is allowed', async () => {
    // RFC 6761 section 6.3: everything under localhost is loopback, where the system knows it.
    const host = 'LOCALHOST';
    expect((await find(host, [], true))[0]).toBe('ADDRESS_LOOPBACK');
    expect((await find(host, [host], true))[0]).toBeUndefined();
  });
});

describe('the connections to a gateway', () => {
  it('are made anew after a while, so that a change in DNS is followed though the old address still answers', async () => {
    const server = await serve(sendToken);
    const one = exchanger({ mostAgeMs: 20 });
    while (server.connections() < 3) {
      const outcome = await one.exchange(`http://127.0.0.1:${server.port}`, requestOf(), PATIENT_MS);
      expect(outcome).toMatchObject({ status: 200 });
    }
  });

  it('go through no proxy that answers 407, which is said', async () => {
    const proxy = await serveTcp((socket) =>
      socket.once('data', () =>
        socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n'),
      ),
    );
    const one = exchanger({ env: { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` } });
    expect(await one.exchange(`https://${GATEWAY}`, requestOf(), PATIENT_MS)).toMatchObject({
      verdict: 'network_error',
      message: 'the proxy answered 407 and opened no tunnel; it wants a user name and password',
    });
  });
});
