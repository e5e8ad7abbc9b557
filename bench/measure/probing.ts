import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Blackbox } from '../running/blackbox.ts';
import { cpuSeconds } from './usage.ts';

const SOCKETS = 50;

export interface Probing {
  readonly perSecond: number;
  /** CPU seconds of the exporter alone, for one probe. */
  readonly cpu: number;
}

interface Counts {
  good: number;
  bad: number;
}

/**
 * Has the exporter probe as often as it can, through kept-alive sockets. The client writes the same bytes again and again
 * and looks for the end and the result of each answer, so that the machine is left to the exporter.
 */
export async function measureProbing(blackbox: Blackbox, settleMs: number, forMs: number): Promise<Probing> {
  const counts: Counts = { good: 0, bad: 0 };
  const sockets = await Promise.all(Array.from({ length: SOCKETS }, () => openSocket(blackbox, counts)));
  await delay(settleMs);
  const before = { good: counts.good, at: performance.now(), cpu: cpuSeconds(blackbox.pid) };
  await delay(forMs);
  const probes = counts.good - before.good;
  const took = (performance.now() - before.at) / 1_000;
  const cpu = cpuSeconds(blackbox.pid) - before.cpu;
  for (const socket of sockets) socket.destroy();
  if (counts.bad > 0 || probes === 0) throw new Error(`${counts.bad} probes failed, ${probes} succeeded`);
  return { perSecond: probes / took, cpu: cpu / probes };
}

async function openSocket({ origin, path }: Blackbox, counts: Counts): Promise<Socket> {
  const { hostname, port, host } = new URL(origin);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.setNoDelay(true);
  const question = `GET ${path} HTTP/1.1\r\nhost: ${host}\r\n\r\n`;
  let waiting = '';
  socket.on('data', (chunk) => {
    waiting += chunk.toString('latin1');
    if (!isWhole(waiting)) return;
    // The border between two chunks may be anywhere in a line.
    if (waiting.replace(/\r\n[0-9a-f]+\r\n/g, '').includes('\nprobe_success 1\n')) counts.good += 1;
    else counts.bad += 1;
    waiting = '';
    socket.write(question);
  });
  socket.on('error', () => {
    counts.bad += 1;
  });
  socket.write(question);
  return socket;
}

/** Go's server gives the length of short answers and sends longer ones in chunks. */
function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return false;
  const length = /content-length: (\d+)/i.exec(text.slice(0, end))?.[1];
  return length === undefined ? text.endsWith('\r\n0\r\n\r\n') : text.length >= end + 4 + Number(length);
}
