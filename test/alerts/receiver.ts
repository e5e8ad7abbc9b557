import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach } from '@jest/globals';
import type { Notification } from '../../src/domain/notification.ts';

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

export const NOTIFICATION: Notification = {
  version: '1',
  id: 'e1-acme-siem-credential_invalid-4-1',
  incident: 'e1-acme-siem-credential_invalid-4',
  kind: 'credential_invalid',
  cause: 'revoked',
  status: 'firing',
  resolution: null,
  severity: 'critical',
  summary: 'Acme Corp: Mimecast credentials of acme-siem were revoked – “quoted”',
  description: 'd',
  remediation: 'r',
  connection: {
    id: 'acme-siem',
    tenant: 'Acme Corp',
    gateway: 'https://us-api.services.mimecast.com',
    labels: {},
  },
  connections: null,
  evidence: null,
  startedAt: '2026-06-01T12:00:00.000Z',
  occurredAt: '2026-06-01T12:00:00.000Z',
};
