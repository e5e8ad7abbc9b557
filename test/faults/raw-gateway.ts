import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions, type Server as TlsServer } from 'node:tls';

/** Answers one token request on a connection that may be used for the next one. */
export type Speak = (socket: Socket) => void;

export interface RawGateway {
  readonly port: number;
  /** How the next request is answered; `null` makes it a good gateway again. */
  answer(speak: Speak | null): void;
  /** How many requests came so far. */
  readonly requests: () => number;
  /** Presents another certificate, or other versions of TLS, to whoever connects from now on. */
  present(options: TlsOptions): void;
  /** Ends every connection, as a restart of the gateway would. */
  dropAll(): void;
  /** Resolves when no connection is left. */
  readonly connections: () => number;
  close(): Promise<void>;
}

const BODY = '{"access_token":"RPjLow4SKlsPLycjML3d","token_type":"Bearer","expires_in":1799,"scope":""}';

export const good: Speak = (socket) => {
  socket.write(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`,
  );
};

export interface RawGatewayOptions {
  readonly host?: string;
  readonly port?: number;
  /** Speaks TLS. */
  readonly tls?: TlsOptions;
}

/** A gateway below HTTP, which can do what no server of HTTP would. */
export async function startRawGateway(options: RawGatewayOptions = {}): Promise<RawGateway> {
  const { host = '127.0.0.1', port = 0, tls } = options;
  let speak: Speak = good;
  let requests = 0;
  const sockets = new Set<Socket>();
  const serve = (socket: Socket) => {
    socket.on('data', (chunk) => {
      if (!String(chunk).startsWith('POST ')) return;
      requests += 1;
      speak(socket);
    });
    // Clients hang up in the middle of things; that is what the tests are about.
    socket.on('error', () => undefined);
  };
  const server: Server | TlsServer = tls ? createTlsServer(tls, serve) : createServer(serve);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => undefined);
  server.listen(port, host);
  await once(server, 'listening');
  const dropAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    answer: (next) => {
      speak = next ?? good;
    },
    requests: () => requests,
    present: (next) => {
      if ('setSecureContext' in server) server.setSecureContext(next);
      dropAll();
    },
    dropAll,
    connections: () => sockets.size,
    async close() {
      dropAll();
      server.close();
      await once(server, 'close');
    },
  };
}
