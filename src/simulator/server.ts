import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Behaviour } from './behaviours.ts';
import { handle, type World } from './handle.ts';
import { KeyRing, read, type SimulatedKey } from './keys.ts';
import type { Luck } from './subject.ts';
import { TokenBook } from './tokens.ts';

export type { Behaviour } from './behaviours.ts';
export { BEHAVIOUR_KINDS } from './behaviours.ts';
export type { SimulatedKey } from './keys.ts';

export interface SimulatorOptions {
  /** A loopback address; default 127.0.0.1. It hands out tokens to whoever asks, so no other is taken. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  readonly keys: readonly SimulatedKey[];
  /** The chance behind `probability`: from 0 up to, not including, 1. */
  readonly random?: () => number;
  /** Epoch milliseconds, for rate limits that name a point in time. */
  readonly now?: () => number;
}

/** A running Mimecast that can be told how to misbehave. A client id of `*` means the whole gateway. */
export interface Simulator {
  /** E.g. `http://127.0.0.1:40123`. */
  readonly origin: string;
  /** Takes effect with the next request; throws on an unknown client id or a behaviour that makes no sense. */
  setBehaviour(clientId: string, behaviour: Behaviour): void;
  /** From now on only the new secret is good; a key that was `revoked` answers normally again. */
  rotate(clientId: string, newSecret: string): void;
  /** How many well-formed token requests came for this client id since the start, whatever was answered. */
  exchanges(clientId: string): number;
  /** Resolves once `exchanges(clientId)` is at least `count`; rejects when the simulator is closed before. */
  waitForExchanges(clientId: string, count: number): Promise<void>;
  /** How calls with a token of this key are answered, for permission probes; its exchanges are another matter. */
  setApiBehaviour(clientId: string, behaviour: Behaviour): void;
  /** How many calls were made with a token of this key, whatever was answered. */
  apiCalls(clientId: string): number;
  waitForApiCalls(clientId: string, count: number): Promise<void>;
  /** The latest tokens that were issued, some thousands. */
  tokens(): readonly string[];
  /** Stops listening and ends every connection, also those that wait for an answer. */
  close(): Promise<void>;
}

/** Starts a simulator; rejects when the port is taken or the host is not loopback. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const host = options.host ?? '127.0.0.1';
  if (!isLoopback(host)) throw new RangeError(`the simulator listens on loopback only, not on ${host}`);
  const ring = new KeyRing(options.keys);
  const luck: Luck = { random: options.random ?? Math.random, now: options.now ?? Date.now };
  const tokens = new TokenBook();
  const world: World = { ring, luck, tokens };
  const server = createServer((request, response) => handle(request, response, world));
  // Longer than any check interval in a test or the demo, so that a reused connection is not closed under a request.
  server.keepAliveTimeout = 10 * 60_000;
  const sockets = trackSockets(server);
  const port = await listen(server, host, options.port ?? 0);

  let closing: Promise<void> | null = null;
  return {
    origin: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    setBehaviour: (clientId, behaviour) => ring.subject(clientId).perform(read(behaviour)),
    rotate: (clientId, newSecret) => ring.key(clientId).rotate(newSecret),
    exchanges: (clientId) => ring.subject(clientId).exchanges,
    waitForExchanges: async (clientId, count) => ring.subject(clientId).waitFor(count),
    setApiBehaviour: (clientId, behaviour) => ring.key(clientId).api.perform(read(behaviour)),
    apiCalls: (clientId) => ring.key(clientId).api.exchanges,
    waitForApiCalls: async (clientId, count) => ring.key(clientId).api.waitFor(count),
    tokens: () => tokens.all(),
    close: () => {
      closing ??= closeAll(server, sockets);
      ring.giveUpWaiting(new Error('the simulator was closed before the exchange came'));
      return closing;
    },
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function trackSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the simulator has no TCP port'));
      else resolve(address.port);
    });
  });
}

function closeAll(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    for (const socket of sockets) socket.destroy();
  });
}
