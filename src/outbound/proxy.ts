import { type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';

/** As long as undici gives a connection. Whoever waited has given up by then; what is left must not pile up. */
const ANSWER_MS = 10_000;

/**
 * What leads requests through the proxies of `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, in either case, as other tools
 * do; null where there is none. Throws when the address of one is nonsense.
 */
export function proxyAgent(
  env: Readonly<Record<string, string | undefined>>,
  settings: EnvHttpProxyAgent.Options,
): Dispatcher | null {
  const httpProxy = env['http_proxy'] ?? env['HTTP_PROXY'];
  const httpsProxy = env['https_proxy'] ?? env['HTTPS_PROXY'];
  if (!httpProxy && !httpsProxy) return null;
  return new EnvHttpProxyAgent({
    ...settings,
    // An empty text keeps the library from looking into the environment of the process by itself.
    httpProxy: httpProxy ?? '',
    httpsProxy: httpsProxy ?? '',
    noProxy: env['no_proxy'] ?? env['NO_PROXY'] ?? '',
    clientFactory: (proxy, own) => tunnels(new Pool(proxy, { ...own, headersTimeout: ANSWER_MS })),
  });
}

/** The proxy hung up where it should have opened a tunnel. */
class TunnelRefused extends Error {
  override readonly name = 'TunnelRefused';
  readonly code = 'PROXY_CLOSED';
}

/**
 * undici takes a connection that is lost while a tunnel is asked for as one to make again at once, and does so without end,
 * hundreds of times a second, even when the request was given up long ago (nodejs/undici#3897, mended in its version 8,
 * which needs a newer Node). Any other error ends the request.
 */
function tunnels(pool: Pool): Pool {
  const connect: Pool['connect'] = pool.connect.bind(pool);
  const ask = (options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> =>
    connect(options).catch((error: unknown) => {
      throw isTakenForPassing(error) ? new TunnelRefused() : error;
    });
  return Object.assign(pool, { connect: ask as Pool['connect'] });
}

function isTakenForPassing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return code === 'UND_ERR_SOCKET' || code === 'UND_ERR_INFO';
}
