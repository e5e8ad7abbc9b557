import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What a proxy does with one that asks for a tunnel. */
export type Manner =
  | 'works'
  | 'wants a password'
  | 'says 503'
  | 'hangs'
  | 'closes'
  | 'breaks the tunnel'
  | 'speaks no HTTP';

export interface ProxyServer {
  readonly url: string;
  /** The hosts it was asked for. */
  readonly asked: ReadonlySet<string>;
  /** From now on; tunnels that are open are cut, as when a proxy is restarted. */
  behave(manner: Manner): void;
  /** Nobody listens any more. */
  goDown(): Promise<void>;
  /** Listens again, where it did. */
  comeUp(): Promise<void>;
  readonly connections: () => number;
  close(): Promise<void>;
}

/** A CONNECT proxy (RFC 9110 section 9.3.6) that knows every name and takes it for this machine. */
export async function startProxyServer(): Promise<ProxyServer> {
  const sockets = new Set<Socket>();
  const asked = new Set<string>();
  let manner: Manner = 'works';
  const server: Server = createServer((client) => {
    track(client);
    client.once('data', (head) => {
      const [, host = '', port] = /^CONNECT (\S+):(\d+) /.exec(String(head)) ?? [];
      asked.add(host);
      answer(client, Number(port));
    });
  });
  function track(socket: Socket): void {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  }
  function answer(client: Socket, port: number): void {
    switch (manner) {
      case 'works':
        tunnel(client, port, true);
        return;
      case 'breaks the tunnel':
        tunnel(client, port, false);
        return;
      case 'wants a password':
        client.end(
          'HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm="acme"\r\ncontent-length: 0\r\n\r\n',
        );
        return;
      case 'says 503':
        client.end('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 5\r\n\r\nsorry');
        return;
      case 'hangs':
        return;
      case 'closes':
        client.end();
        return;
      case 'speaks no HTTP':
        client.end('SSH-2.0-OpenSSH_9.2\r\n');
        return;
      default:
        manner satisfies never;
    }
  }
  function tunnel(client: Socket, port: number, lasting: boolean): void {
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      if (lasting) upstream.pipe(client).pipe(upstream);
      else client.end();
    });
    track(upstream);
    client.once('close', () => upstream.destroy());
    upstream.once('close', () => client.destroy());
  }
  const cutAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  async function listen(port: number): Promise<number> {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }
  async function goDown(): Promise<void> {
    cutAll();
    server.close();
    await once(server, 'close');
  }
  const port = await listen(0);
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    behave: (next) => {
      manner = next;
      cutAll();
    },
    goDown,
    comeUp: async () => void (await listen(port)),
    connections: () => sockets.size,
    close: async () => {
      if (server.listening) await goDown();
    },
  };
}
