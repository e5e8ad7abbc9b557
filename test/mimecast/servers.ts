import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type Server as NetServer, type Socket } from 'node:net';
import { afterEach } from '@jest/globals';
import { Secret } from '../../src/domain/secret.ts';
import { createExchanger, type Exchanger, type ExchangerOptions } from '../../src/mimecast/exchange.ts';
import { type TokenRequest, tokenRequest } from '../../src/mimecast/token-request.ts';
import type { Certificate } from './certificate.ts';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** An exchanger that is closed after the test; it sees no proxy unless it is told of one. */
export function exchanger(options: Partial<ExchangerOptions> = {}): Exchanger {
  const made = createExchanger({ connections: 5, env: {}, allowedHosts: () => [], ...options });
  cleanups.push(() => made.close());
  return made;
}

export interface Listening {
  readonly port: number;
  /** How many connections were made so far. */
  readonly connections: () => number;
  /** Resolves when none of them is open. */
  readonly isLeft: () => Promise<void>;
}

export function serve(listener: RequestListener): Promise<Listening> {
  const server = createServer(listener);
  // Whoever hangs up is the client: that is what the tests are about.
  server.keepAliveTimeout = 0;
  return listen(server);
}

export function serveTls(certificate: Certificate, listener: RequestListener): Promise<Listening> {
  return listen(createTlsServer({ cert: certificate.cert, key: certificate.key }, listener));
}

/** A server below HTTP: what it is sent is dropped, what it says is up to `speak`. */
export function serveTcp(speak: (socket: Socket) => void): Promise<Listening> {
  return listen(
    createTcpServer((socket) => {
      socket.resume();
      speak(socket);
    }),
  );
}

async function listen(server: Server | NetServer): Promise<Listening> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    // Clients hang up in the middle of things here; that is what the tests are about.
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a TCP port');
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  const isLeft = async () => {
    for (const socket of sockets) await once(socket, 'close');
  };
  return { port: address.port, connections: () => connections, isLeft };
}

/** A port on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a TCP port');
  server.close();
  await once(server, 'close');
  return address.port;
}

export function requestOf(clientId = 'acme', secret = `${clientId}-secret`): TokenRequest {
  return tokenRequest(new Secret(clientId), new Secret(secret));
}

export const TOKEN_BODY =
  '{"access_token":"RPjLow4SKlsPLycjML3d","token_type":"Bearer","expires_in":1799,"scope":""}';

export const sendToken: RequestListener = (request, response) => {
  request.resume();
  response.setHeader('content-type', 'application/json');
  response.end(TOKEN_BODY);
};

/** Long enough for anything on this machine: a test that needs it has failed. */
export const PATIENT_MS = 20_000;
