import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** The system may offer a port again that was given back a moment ago; a test that asks for two wants two. */
const given = new Set<number>();

/** A port nobody listens on, and another one each time. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    if (given.has(port)) continue;
    given.add(port);
    return port;
  }
}
