import { afterEach } from '@jest/globals';
import { pino } from 'pino';
import { type Dispatcher, request } from 'undici';
import type { HttpPorts } from '../../src/http/ports.ts';
import { createHttpServer, type HttpServer, type HttpServerOptions } from '../../src/http/server.ts';

export type Settings = Partial<
  Pick<HttpServerOptions, 'token' | 'allowUnauthenticated' | 'tls' | 'logger' | 'role' | 'bounds'>
>;

const servers: HttpServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** A real server on a free port, closed after the test. */
export async function serve(ports: HttpPorts, settings: Settings = {}): Promise<HttpServer> {
  const server = await createHttpServer({
    listen: { host: '127.0.0.1', port: 0 },
    token: null,
    allowUnauthenticated: false,
    tls: null,
    logger: pino({ level: 'silent' }),
    role: 'all',
    ports,
    ...settings,
  });
  servers.push(server);
  return server;
}

export interface Answer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly text: string;
  /** The parsed body. */
  json(): unknown;
}

export async function ask(
  server: HttpServer,
  path: string,
  options: { method?: Dispatcher.HttpMethod; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  // Every request its own connection: nothing is left open when the test ends.
  const headers = { ...options.headers };
  const answer = await request(`${server.url}${path}`, { ...options, headers, reset: true });
  const text = await answer.body.text();
  return {
    status: answer.statusCode,
    headers: answer.headers,
    text,
    json: () => JSON.parse(text) as unknown,
  };
}
