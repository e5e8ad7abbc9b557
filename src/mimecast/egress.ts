import type { LookupAddress } from 'node:dns';
import { lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net';
import { isLoopback } from '../domain/gateway.ts';

/** Why no secret is sent to an address, whatever name led there. */
export type AddressRefusal = 'link_local' | 'metadata' | 'unspecified' | 'loopback' | 'not_loopback';

type Network = readonly [network: string, bits: number, family?: 'ipv6'];

/**
 * Where no gateway can be, though a name may lead there by a mistake or by somebody's malice. Each IPv4 network counts
 * in its IPv6 forms too: mapped (RFC 4291 section 2.5.5.2, which `BlockList` knows by itself), compatible (section
 * 2.5.5.1), translated (RFC 2765 section 2.1), NAT64 (RFC 6052, and as usual within RFC 8215) and 6to4 (RFC 3056).
 */
const REFUSED: readonly (readonly [AddressRefusal, readonly Network[]])[] = [
  // Each cloud's service that hands a machine's own credentials to whoever asks: AWS over IPv6, Alibaba Cloud, Azure,
  // Oracle Cloud, Google Cloud over IPv6. All others are link-local.
  [
    'metadata',
    [
      ['169.254.169.254', 32],
      ['100.100.100.200', 32],
      ['168.63.129.16', 32],
      ['192.0.0.192', 32],
      ['fd00:ec2::', 32, 'ipv6'],
      ['fd20:ce::254', 128, 'ipv6'],
    ],
  ],
  [
    'link_local',
    [
      ['169.254.0.0', 16],
      ['fe80::', 10, 'ipv6'],
    ],
  ],
  // A connection to one of these is one to this machine.
  [
    'unspecified',
    [
      ['0.0.0.0', 8],
      ['::', 128, 'ipv6'],
    ],
  ],
];

const LISTS = REFUSED.map(([reason, networks]) => [reason, listOf(networks)] as const);
const LOOPBACK = listOf([
  ['127.0.0.0', 8],
  ['::1', 128, 'ipv6'],
]);

function listOf(networks: readonly Network[]): BlockList {
  const list = new BlockList();
  for (const [network, bits, family] of networks) {
    list.addSubnet(network, bits, family ?? 'ipv4');
    if (family === 'ipv6') continue;
    const hex = network.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'));
    const [high, low] = [`${hex[0]}${hex[1]}`, `${hex[2]}${hex[3]}`];
    for (const prefix of ['64:ff9b::', '64:ff9b:1::', '::ffff:0:'])
      list.addSubnet(`${prefix}${high}:${low}`, 96 + bits, 'ipv6');
    // The compatible form of 0.0.0.0/8 holds `::1`, which is loopback.
    if (network !== '0.0.0.0') list.addSubnet(`::${high}:${low}`, 96 + bits, 'ipv6');
    list.addSubnet(`2002:${high}:${low}::`, 16 + bits, 'ipv6');
  }
  return list;
}

/**
 * Whether a secret for `host` may be sent to this address, which is what its name led to, or stands in its place.
 * `allowedHosts` are the names that somebody allowed explicitly; these may be on this machine, all others may not.
 */
export function refusalOf(
  address: string,
  host: string,
  allowedHosts: readonly string[],
): AddressRefusal | null {
  // A link-local address may carry the name of its network interface.
  const bare = address.replace(/%.*$/, '');
  const family = isIPv6(bare) ? 'ipv6' : 'ipv4';
  for (const [reason, list] of LISTS) if (list.check(bare, family)) return reason;
  const here = LOOPBACK.check(bare, family);
  // Plain http is allowed to loopback alone, so such a name must not lead anywhere else.
  if (isLoopback(host)) return here ? null : 'not_loopback';
  return here && !allowedHosts.includes(host) ? 'loopback' : null;
}

/** An address to which nothing is sent. Its code goes into the evidence, `failureOf` knows what it means. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
  readonly code: `ADDRESS_${Uppercase<AddressRefusal>}`;

  constructor(reason: AddressRefusal) {
    super(`the address was refused: ${reason}`);
    this.code = `ADDRESS_${reason.toUpperCase() as Uppercase<AddressRefusal>}`;
  }
}

/** Checks a gateway that is named by its address, for which no name is looked up. Throws AddressRefused. */
export function refuseLiteral(gateway: string): void {
  const host = new URL(gateway).hostname;
  const address = host.replace(/^\[|\]$/g, '');
  if (isIP(address) === 0) return;
  const reason = refusalOf(address, host, [host]);
  if (reason !== null) throw new AddressRefused(reason);
}

/**
 * Looks names up as the system does and leaves out every address that is refused; what is left is what the socket
 * connects to, so no second answer of a DNS server can differ from the one that was looked at.
 */
export function guardedLookup(allowedHosts: () => readonly string[]): LookupFunction {
  const lookUp = shared();
  return (host, options, callback) => {
    lookUp(host).then(
      (addresses) => {
        const family = typeof options.family === 'string' ? Number(options.family.slice(3)) : options.family;
        const fitting = family ? addresses.filter((one) => one.family === family) : addresses;
        const reasons = fitting.map(({ address }) => refusalOf(address, host, allowedHosts()));
        const good = fitting.filter((_, index) => reasons[index] === null);
        const [first] = good;
        if (first === undefined) callback(refusedOrMissing(reasons), '', 0);
        else if (options.all) callback(null, good);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    );
  };
}

function refusedOrMissing(reasons: readonly (AddressRefusal | null)[]): NodeJS.ErrnoException {
  const reason = reasons.find((one) => one !== null);
  return reason ? new AddressRefused(reason) : Object.assign(new Error('no address'), { code: 'ENOTFOUND' });
}

/**
 * One look-up of a name at a time, whose result all share that ask meanwhile. Node has two threads for them: where DNS
 * does not answer, each takes one for many seconds, and those of all checks would queue up before every other name.
 */
function shared(): (host: string) => Promise<readonly LookupAddress[]> {
  const underWay = new Map<string, Promise<readonly LookupAddress[]>>();
  return (host) => {
    const known = underWay.get(host);
    if (known) return known;
    const lookup = new Promise<readonly LookupAddress[]>((resolve, reject) => {
      systemLookup(host, { all: true }, (error, addresses) => {
        underWay.delete(host);
        if (error) reject(error);
        else resolve(addresses);
      });
    });
    underWay.set(host, lookup);
    return lookup;
  };
}
