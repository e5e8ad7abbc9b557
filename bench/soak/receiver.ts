import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Notification } from '../../src/domain/notification.ts';

/** A message as it came; one that was sent again stands here again. */
export interface Heard {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly notification: Notification;
}

export interface Receiver {
  readonly url: string;
  /** In the order they came. */
  readonly heard: readonly Heard[];
  close(): Promise<void>;
}

/** A real HTTP server that keeps what it is told, and when. */
export async function startReceiver(now: () => number): Promise<Receiver> {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      heard.push({ at: now(), notification: JSON.parse(body) as Notification });
      response.writeHead(204).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    heard,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
