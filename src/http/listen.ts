import { once } from 'node:events';
import { createServer } from 'node:net';
import { isLoopback } from '../domain/gateway.ts';
import { HttpError, listenError } from './http-error.ts';

/** Where to listen, and whether whoever comes there is asked for a token. */
export interface ListenOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly hasToken: boolean;
  readonly allowUnauthenticated: boolean;
}

/**
 * Tries whether the address may be, and can be, listened on, and lets go of it again: a refusal is worth most before
 * anything else was started. Throws HttpError.
 */
export async function tryListen(options: ListenOptions): Promise<void> {
  refuseOpenDoor(options);
  const { host, port } = options.listen;
  // Whoever connects in this moment must not keep the address taken.
  const server = createServer((socket) => socket.destroy());
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (error) {
    throw listenError(error, addressOf(options.listen));
  }
  server.close();
  await once(server, 'close');
}

/** Throws HttpError `unauthenticated` for an address that others reach without a token, unless that is meant. */
export function refuseOpenDoor({ listen, hasToken, allowUnauthenticated }: ListenOptions): void {
  if (hasToken || allowUnauthenticated || isLoopback(listen.host)) return;
  throw new HttpError(
    'unauthenticated',
    `${addressOf(listen)} can be reached by others: set http.token, or http.allowUnauthenticated: true if that is meant`,
  );
}

export function addressOf({ host, port }: ListenOptions['listen']): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
