import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import type { Secret } from '../domain/secret.ts';
import { createApp, type HttpApp } from './app.ts';
import { addAssetRoute } from './asset-route.ts';
import { readAssets } from './assets.ts';
import { BOUNDS, type HttpBounds } from './bounds.ts';
import { addConnectionRoutes } from './connection-routes.ts';
import { createFleet } from './fleet.ts';
import { listenError } from './http-error.ts';
import { addIncidentRoutes } from './incident-routes.ts';
import { addressOf, refuseOpenDoor } from './listen.ts';
import { withOtherMethodsRefused } from './other-methods.ts';
import { addPageRoute } from './page-route.ts';
import type { HttpPorts, ProcessPorts } from './ports.ts';
import { addProcessRoutes } from './process-routes.ts';
import { addReloadRoute } from './reload-route.ts';
import { addSilenceRoutes } from './silence-routes.ts';
import { createSendPieces, type SendPieces } from './streaming.ts';
import type { TlsFiles } from './tls.ts';

export type HttpServerOptions = {
  readonly listen: { readonly host: string; readonly port: number };
  /** Null: nobody is asked for one, and only loopback may be listened on unless `allowUnauthenticated`. */
  readonly token: Secret | null;
  readonly allowUnauthenticated: boolean;
  readonly tls: TlsFiles | null;
  readonly logger: Logger;
  /** Where they differ from the usual ones. */
  readonly bounds?: Partial<HttpBounds>;
} & (
  | { readonly role: 'all'; readonly ports: HttpPorts }
  /** Serves only what concerns the process itself. */
  | { readonly role: 'worker'; readonly ports: ProcessPorts }
);

export interface HttpServer {
  /** Where this machine reaches it, e.g. `http://127.0.0.1:9464`. */
  readonly url: string;
  readonly port: number;
  /** Takes no more requests; those under way have `CLOSE_MS` to finish. */
  close(): Promise<void>;
}

const CLOSE_MS = 2_000;

/** Serves HTTP until closed. Throws HttpError when that is impossible or would be unsafe. */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { listen, token, allowUnauthenticated, tls, logger } = options;
  refuseOpenDoor({ listen, hasToken: token !== null, allowUnauthenticated });
  const bounds = { ...BOUNDS, ...options.bounds };
  const app = createApp({ token, allowUnauthenticated, tls, logger, bounds });
  const send = createSendPieces(bounds.answersAtOnce, logger);
  withOtherMethodsRefused(app, () => {
    addProcessRoutes(app, options.ports, send);
    if (options.role === 'all') addFleetRoutes(app, options.ports, { send, logger });
  });
  try {
    await app.listen({ host: listen.host, port: listen.port });
  } catch (error) {
    await app.close();
    throw listenError(error, addressOf(listen));
  }
  return running(app, tls !== null);
}

function addFleetRoutes(
  app: HttpApp,
  ports: HttpPorts,
  { send, logger }: { readonly send: SendPieces; readonly logger: Logger },
): void {
  const fleet = createFleet(ports);
  const assets = readAssets();
  addPageRoute(app, { ports, fleet, assets, logger });
  addAssetRoute(app, assets);
  addConnectionRoutes(app, ports, fleet, send);
  addIncidentRoutes(app, ports, fleet, send);
  addSilenceRoutes(app, ports);
  addReloadRoute(app, ports);
}

function running(app: HttpApp, secure: boolean): HttpServer {
  const { address, port } = app.server.address() as AddressInfo;
  const host = shownHost(address);
  return {
    url: `${secure ? 'https' : 'http'}://${host}:${port}`,
    port,
    async close() {
      const timer = setTimeout(() => app.server.closeAllConnections(), CLOSE_MS);
      await app.close();
      clearTimeout(timer);
    },
  };
}

/** "Every address" is none to connect to. */
function shownHost(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  if (address === '::') return '[::1]';
  return address.includes(':') ? `[${address}]` : address;
}
