import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Dispatcher, request } from 'undici';
import { proxyAgent } from '../../src/outbound/proxy.ts';

const GATEWAY = 'https://us-api.services.mimecast.com/';
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A proxy that treats everybody alike, and an agent that is told of it. */
async function through(treat: (socket: Socket) => void): Promise<{ agent: Dispatcher; server: Server }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    treat(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => server.close());
  const agent = proxyAgent({ HTTPS_PROXY: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }, {});
  if (agent === null) throw new Error('there is a proxy');
  ends.push(() => agent.destroy());
  return { agent, server };
}

describe('an agent for a proxy', () => {
  it('is none where there is no proxy', () => {
    expect(proxyAgent({ NO_PROXY: '*', HTTPS_PROXY: '', http_proxy: '' }, {})).toBeNull();
  });

  it('asks once, where the proxy hangs up on whoever wants a tunnel', async () => {
    let asked = 0;
    const { agent } = await through((socket) =>
      socket.once('data', () => {
        asked += 1;
        socket.end();
      }),
    );
    for (const times of [1, 2, 3]) {
      await expect(request(GATEWAY, { dispatcher: agent })).rejects.toMatchObject({ code: 'PROXY_CLOSED' });
      expect(asked).toBe(times);
    }
  });

  it('gives up, and lets go of the connection, where the proxy says nothing', async () => {
    const { agent, server } = await through((socket) => socket.resume());
    const connected = once(server, 'connection') as Promise<[Socket]>;
    const asking = request(GATEWAY, { dispatcher: agent });
    const refused = expect(asking).rejects.toMatchObject({ code: 'UND_ERR_HEADERS_TIMEOUT' });
    const [socket] = await connected;
    await once(socket, 'close');
    await refused;
  });
});
