import { isLoopback } from '../domain/gateway.ts';
import type { HttpConfig } from './config.ts';

export interface Listen {
  readonly host: string;
  readonly port: number;
}

/** Reads `127.0.0.1:9464`, `[::1]:9464`, `localhost:9464`; null for anything else. Port 0 lets the system choose. */
export function parseListen(text: string): Listen | null {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host === undefined || port > 65_535 ? null : { host: host.toLowerCase(), port };
}

/**
 * Why the HTTP server must not be opened like this, or null when it may: what it serves names customers, so that
 * listening for others without a token has to be said in so many words.
 */
export function listenRefusal(
  http: Pick<HttpConfig, 'host' | 'token' | 'allowUnauthenticated'>,
): string | null {
  if (isLoopback(http.host) || http.token !== null || http.allowUnauthenticated) return null;
  return `${http.host} can be reached from elsewhere: set http.token, or http.allowUnauthenticated: true if that is meant`;
}
