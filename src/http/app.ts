import type { Server } from 'node:http';
import fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Secret } from '../domain/secret.ts';
import { createTokenCheck, refuseForeignHost, refuseForeignOrigin } from './access.ts';
import { answerClientError } from './client-error.ts';
import { ProblemError, problemOf, sendProblem } from './problem.ts';
import { readTls, type TlsFiles } from './tls.ts';

/** Plain or TLS: routes are the same on both. */
export type HttpApp = FastifyInstance<Server>;

export interface AppOptions {
  readonly token: Secret | null;
  readonly allowUnauthenticated: boolean;
  readonly tls: TlsFiles | null;
  readonly logger: Logger;
}

const LIMITS = {
  bodyLimit: 64 * 1_024,
  /** For a whole request to arrive. */
  requestTimeout: 15_000,
  /** Without a byte in either direction: a client that stopped taking a long answer. */
  connectionTimeout: 30_000,
  /** Longer than the usual scrape interval, so that a scraper keeps its connection. */
  keepAliveTimeout: 75_000,
} as const;
const HEADER_LIMITS = {
  maxHeaderSize: 16 * 1_024,
  headersTimeout: 10_000,
  connectionsCheckingInterval: 5_000,
};

const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

/** A server without routes: its limits, who is let in, and how errors are told. Throws HttpError `tls_unusable`. */
export function createApp({ token, allowUnauthenticated, tls, logger }: AppOptions): HttpApp {
  const app = build(tls);
  addGuards(app, token, allowUnauthenticated);
  answerErrors(app, logger);
  return app;
}

function build(tls: TlsFiles | null): HttpApp {
  const common = {
    ...LIMITS,
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    frameworkErrors: (error: unknown, _: unknown, reply: Parameters<typeof sendProblem>[0]) => {
      sendProblem(reply.headers(SECURITY_HEADERS), problemOf(error));
    },
  };
  const app =
    tls === null
      ? fastify({ ...common, http: HEADER_LIMITS })
      : fastify({ ...common, https: { ...HEADER_LIMITS, ...readTls(tls) } });
  return app as HttpApp;
}

function addGuards(app: HttpApp, token: Secret | null, allowUnauthenticated: boolean): void {
  // What a page of another site can send without asking is never JSON.
  app.removeContentTypeParser('text/plain');
  const checkToken = token === null ? null : createTokenCheck(token);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    if (checkToken) checkToken(request);
    else if (!allowUnauthenticated) refuseForeignHost(request);
    refuseForeignOrigin(request);
  });
}

function answerErrors(app: HttpApp, logger: Logger): void {
  app.setNotFoundHandler(async () => {
    throw new ProblemError(404, 'There is nothing at this path.');
  });
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    if (problem.cause !== undefined) {
      const reason = problem.cause instanceof Error ? problem.cause.message : String(problem.cause);
      const { method, routeOptions } = request;
      logger.error({ method, path: routeOptions.url, reason }, 'a request could not be answered');
    }
    return sendProblem(reply, problem);
  });
}
