import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach } from '@jest/globals';
import type { SendContext } from '../../src/alerts/channel-driver.ts';
import { createHttpClient } from '../../src/alerts/http-client.ts';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

export interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  readonly origin: string;
  readonly received: Received[];
}

/** A webhook receiver that notes what it was sent and then answers as it is told. */
export async function receive(answer: RequestListener): Promise<Receiver> {
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      const { method, url, headers } = request;
      received.push({ method, url, headers, body });
      answer(request, response);
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
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
  return { origin: `http://127.0.0.1:${address.port}`, received };
}

export function answering(status: number, headers: Record<string, string> = {}, body = ''): RequestListener {
  return (_request, response) => {
    response.writeHead(status, headers);
    response.end(body);
  };
}

/** What a channel is handed for one attempt, with a client of its own that sees no proxy. */
export function contextOf(more: Partial<SendContext> = {}): SendContext & { lines: unknown[][] } {
  const http = createHttpClient({});
  cleanups.unshift(() => http.close());
  const lines: unknown[][] = [];
  const log: SendContext['log'] = (...line) => lines.push(line);
  return { now: Date.now(), signal: AbortSignal.timeout(20_000), http, log, ...more, lines };
}

/** What ends an attempt when its time is up, at the moment a test chooses. */
export function deadline(): { signal: AbortSignal; pass: () => void } {
  const controller = new AbortController();
  const reason = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
  return { signal: controller.signal, pass: () => controller.abort(reason) };
}
