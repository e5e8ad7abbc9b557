import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Notification } from '../../src/domain/notification.ts';

export interface ReceivedMessage {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly notification: Notification;
}

export interface WebhookReceiver {
  readonly url: string;
  /** In the order they came, doubles included. */
  readonly received: readonly ReceivedMessage[];
  /** Statuses to answer with, one a message, before it answers 204 again. */
  answerNext(...statuses: number[]): void;
  /** Resolves with the first message, already here or still to come, that fits. */
  waitFor(fits: (notification: Notification) => boolean): Promise<Notification>;
  close(): Promise<void>;
}

/** A real HTTP server that keeps the notifications it is sent. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const received: ReceivedMessage[] = [];
  const answers: number[] = [];
  const waiting = new Set<{
    fits: (notification: Notification) => boolean;
    done: (n: Notification) => void;
  }>();
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const status = answers.shift() ?? 204;
      const notification = JSON.parse(body) as Notification;
      received.push({ headers: request.headers, body, notification });
      response.writeHead(status).end();
      if (status >= 300) return;
      for (const one of [...waiting]) {
        if (!one.fits(notification)) continue;
        waiting.delete(one);
        one.done(notification);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    answerNext: (...statuses) => answers.push(...statuses),
    waitFor(fits) {
      const known = received.find(({ notification }) => fits(notification));
      if (known) return Promise.resolve(known.notification);
      return new Promise((done) => waiting.add({ fits, done }));
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
