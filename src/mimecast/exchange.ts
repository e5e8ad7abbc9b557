import type { LookupFunction } from 'node:net';
import { type Dispatcher, Pool } from 'undici';
import type { GatewayOutcome } from '../domain/classify.ts';
import { proxyAgent } from '../outbound/proxy.ts';
import { guardedLookup, refuseLiteral } from './egress.ts';
import { ExchangeHandler } from './exchange-handler.ts';
import { failureOf } from './failure.ts';

const MOST_HEADER_BYTES = 16 * 1024;
const KEEP_ALIVE_MS = 60_000;
/**
 * A connection in use all the time would stay with an address that its name led to once, for as long as somebody answers
 * there. After this long a name is looked up again.
 */
const MOST_AGE_MS = 5 * 60_000;
/**
 * Said here since both can be taken back outside: by NODE_TLS_REJECT_UNAUTHORIZED and by --tls-min-v1.0. No setting
 * of any kind sends a secret over a connection whose other side has not proved who it is.
 */
const VERIFIED_TLS = { rejectUnauthorized: true, minVersion: 'TLSv1.2' } as const;

/** A request, ready to be sent. It may hold a secret or a token in clear text: send it and forget it. */
export interface GatewayRequest {
  readonly method: 'GET' | 'POST';
  /** Begins with a slash: where it is sent is decided by the gateway alone. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export interface ExchangerOptions {
  /** Sockets per gateway. */
  readonly connections: number;
  /** `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, in either case, are honoured as other tools do. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The hosts that may be on this machine under a name that does not say so: `checks.allowedHosts` as it is now. */
  readonly allowedHosts: () => readonly string[];
  /** How long connections to a gateway are used before its name is looked up again; five minutes when left out. */
  readonly mostAgeMs?: number;
}

export interface Exchanger {
  /**
   * Sends one request to `gateway` (an origin) and waits `timeoutMs` at most for the whole answer. Never throws:
   * a failure is an outcome. Redirects are not followed and nothing is retried, since either distorts the signal.
   * Nothing is sent to an address where no gateway can be; through a proxy, which looks the name up, that is its task.
   */
  exchange(gateway: string, request: GatewayRequest, timeoutMs: number): Promise<GatewayOutcome>;
  /** Closes the sockets of all other gateways once they are idle. */
  retain(gateways: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** One agent per gateway, kept alive, so that a hanging gateway takes no socket from another. */
export function createExchanger(options: ExchangerOptions): Exchanger {
  const agents = new Map<string, Dispatcher>();
  const lookup = guardedLookup(options.allowedHosts);

  function agentOf(gateway: string): Dispatcher {
    const known = agents.get(gateway);
    if (known) return known;
    const agent = createAgent(gateway, options, lookup);
    agents.set(gateway, agent);
    setTimeout(() => {
      if (agents.get(gateway) !== agent) return;
      agents.delete(gateway);
      // What is under way over it comes to its end.
      void agent.close();
    }, options.mostAgeMs ?? MOST_AGE_MS).unref();
    return agent;
  }

  return {
    async exchange(gateway, request, timeoutMs) {
      try {
        return await exchange(agentOf(gateway), gateway, request, timeoutMs);
      } catch (error) {
        // A proxy whose address is nonsense, or a gateway's that is refused, is noticed when the agent is made.
        return failureOf(error);
      }
    },
    async retain(gateways) {
      const leaving = [...agents].filter(([gateway]) => !gateways.includes(gateway));
      for (const [gateway] of leaving) agents.delete(gateway);
      await Promise.all(leaving.map(([, agent]) => agent.close()));
    },
    async close() {
      const all = [...agents.values()];
      agents.clear();
      await Promise.all(all.map((agent) => agent.destroy()));
    },
  };
}

function createAgent(
  gateway: string,
  { connections, env }: ExchangerOptions,
  lookup: LookupFunction,
): Dispatcher {
  refuseLiteral(gateway);
  const common = {
    connections,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MOST_HEADER_BYTES,
    // The hard deadline of each exchange ends these phases; undici's own timers are coarse.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { lookup, ...VERIFIED_TLS },
  };
  const tls = { requestTls: VERIFIED_TLS, proxyTls: VERIFIED_TLS };
  return proxyAgent(env, { ...common, ...tls }) ?? new Pool(gateway, common);
}

function exchange(
  agent: Dispatcher,
  origin: string,
  request: GatewayRequest,
  timeoutMs: number,
): Promise<GatewayOutcome> {
  return new Promise((resolve) => {
    const handler = new ExchangeHandler(timeoutMs, resolve);
    agent.dispatch({ origin, ...request }, handler);
  });
}
