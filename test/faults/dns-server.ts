import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { isIPv4, isIPv6 } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cleanup } from '../e2e/world.ts';

/** What is known of a name: its addresses, or how the server fails. */
export type Known = readonly string[] | 'no such name' | 'failure' | 'silence';

export interface DnsServer {
  /** From the next question on. Names of which nothing was said do not exist. */
  know(host: string, known: Known): void;
  /** How often a name was asked for, in questions of either kind. */
  questions(host: string): number;
  /**
   * A program with its first arguments that becomes the one it is told, on a machine like this one but for its resolver,
   * which asks this server alone. Only root may change what is mounted where.
   */
  readonly through: readonly string[];
}

const [TYPE_A, TYPE_AAAA] = [1, 28];
const [SERVER_FAILURE, NO_SUCH_NAME] = [2, 3];

/** A name server (RFC 1035) of few words, for programs that are started through it. */
export async function startDnsServer(cleanup: Cleanup): Promise<DnsServer> {
  if (process.getuid?.() !== 0) {
    throw new Error('This test gives the monitor a resolver of its own, which needs root: run it as root.');
  }
  const names = new Map<string, Known>();
  const asked = new Map<string, number>();
  const socket = createSocket('udp4');
  socket.on('message', (question, from) => {
    const { host, type } = read(question);
    asked.set(host, (asked.get(host) ?? 0) + 1);
    const known = names.get(host) ?? 'no such name';
    if (known !== 'silence') socket.send(answerTo(question, type, known), from.port, from.address);
  });
  // A resolver knows no other port; this address is most likely nobody else's.
  const address = `127.53.${process.pid & 0xff}.${(process.pid >> 8) & 0xff || 1}`;
  socket.bind(53, address);
  await once(socket, 'listening');
  cleanup.add(socket, (it) => it.close());
  const folder = cleanup.add(await mkdtemp(join(tmpdir(), 'mcm-test-')), (it) => rm(it, { recursive: true }));
  await writeFile(join(folder, 'resolv.conf'), `nameserver ${address}\noptions timeout:3 attempts:1\n`);
  await writeFile(join(folder, 'nsswitch.conf'), 'hosts: files dns\n');
  const mount =
    'for name in resolv.conf nsswitch.conf; do mount --bind "$0/$name" "/etc/$name" || exit 1; done';
  return {
    know: (host, known) => void names.set(host, known),
    questions: (host) => asked.get(host) ?? 0,
    through: ['unshare', '--mount', 'sh', '-c', `${mount}; exec "$@"`, folder],
  };
}

const HEADER_BYTES = 12;

function read(question: Buffer): { readonly host: string; readonly type: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = question.readUInt8(at); length > 0; length = question.readUInt8(at)) {
    labels.push(question.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { host: labels.join('.').toLowerCase(), type: question.readUInt16BE(at + 1) };
}

function answerTo(question: Buffer, type: number, known: Exclude<Known, 'silence'>): Buffer {
  const addresses = typeof known === 'string' ? [] : known;
  const fitting = addresses.filter(
    (it) => (type === TYPE_A && isIPv4(it)) || (type === TYPE_AAAA && isIPv6(it)),
  );
  const code = known === 'failure' ? SERVER_FAILURE : known === 'no such name' ? NO_SUCH_NAME : 0;
  const end = question.indexOf(0, HEADER_BYTES) + 5;
  const answer = Buffer.from(question.subarray(0, end));
  answer.writeUInt16BE(0x8180 | code, 2);
  answer.writeUInt16BE(fitting.length, 6);
  // Whatever else stood behind the question is not repeated.
  answer.writeUInt32BE(0, 8);
  return Buffer.concat([answer, ...fitting.map((it) => recordOf(type, bytesOf(it)))]);
}

/** One that says the name again by pointing to the question, and is not to be kept. */
function recordOf(type: number, address: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(address.length, 10);
  return Buffer.concat([head, address]);
}

function bytesOf(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const [left = '', right = ''] = address.split('::');
  const groups = (text: string) => text.split(':').filter((group) => group !== '');
  const [begin, end] = [groups(left), groups(right)];
  const zeros = Array<string>(8 - begin.length - end.length).fill('0');
  return Buffer.from([...begin, ...zeros, ...end].map((group) => group.padStart(4, '0')).join(''), 'hex');
}
