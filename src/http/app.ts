import type { Server } from 'node:http';
import fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Secret } from '../domain/secret.ts';
import { createChangeCheck, createTokenCheck, refuseForeignHost, refuseForeignOrigin } from './access.ts';
import { addAnswerDeadline } from './answer-deadline.ts';
import type { HttpBounds } from './bounds.ts';
import { answerClientError } from './client-error.ts';
import { ProblemError, problemOf, sendProblem } from './problem.ts';
import { createRateLimit } from './rate-limit.ts';
import { readTls, type TlsFiles } from './tls.ts';

/** Plain or TLS: routes are the same on both. */
export type HttpApp = FastifyInstance<Server>;

export interface AppOptions {
  readonly token: Secret | null;
  readonly allowUnauthenticated: boolean;
  readonly tls: TlsFiles | null;
  readonly logger: Logger;
  readonly bounds: HttpBounds;
}

/** Larger ones are answered with 413 and 431. */
const BODY_LIMIT = 64 * 1_024;
const HEADER_LIMIT = 16 * 1_024;
/** Longer than the usual scrape interval, so that a scraper keeps its connection. */
const KEEP_ALIVE_MS = 75_000;

const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

/**
 * Browsers that came by TLS come by TLS again. For a day, which each visit renews, and no longer: it binds every port of
 * the host, and something else there may speak plain HTTP some day.
 */
const HSTS = { 'strict-transport-security': 'max-age=86400' } as const;

/** A server without routes: its limits, who is let in, and how errors are told. Throws HttpError `tls_unusable`. */
export function createApp(options: AppOptions): HttpApp {
  const app = build(options);
  addGuards(app, options);
  addAnswerDeadline(app, options.bounds.answerMs, options.logger);
  answerErrors(app, options.logger);
  return app;
}

function build({ tls, bounds }: AppOptions): HttpApp {
  const common = {
    bodyLimit: BODY_LIMIT,
    requestTimeout: bounds.requestMs,
    connectionTimeout: bounds.silenceMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    frameworkErrors: (error: unknown, _: unknown, reply: Parameters<typeof sendProblem>[0]) => {
      sendProblem(reply.headers(headersFor(tls)), problemOf(error));
    },
  };
  const server = {
    maxHeaderSize: HEADER_LIMIT,
    headersTimeout: bounds.headersMs,
    connectionsCheckingInterval: bounds.lookEveryMs,
  };
  const app =
    tls === null
      ? fastify({ ...common, http: server })
      : fastify({ ...common, https: { ...server, ...readTls(tls) } });
  app.server.maxConnections = bounds.connections;
  return app as HttpApp;
}

function headersFor(tls: TlsFiles | null): Readonly<Record<string, string>> {
  return tls === null ? SECURITY_HEADERS : { ...SECURITY_HEADERS, ...HSTS };
}

function addGuards(app: HttpApp, { token, allowUnauthenticated, tls, bounds, logger }: AppOptions): void {
  // What a page of another site can send without asking is never JSON.
  app.removeContentTypeParser('text/plain');
  const clock = () => performance.now();
  const wrongTokens = createRateLimit(bounds.wrongTokens, clock);
  const checkToken = token === null ? null : createTokenCheck(token, wrongTokens, logger);
  const checkChange = createChangeCheck(createRateLimit(bounds.changes, clock));
  const headers = headersFor(tls);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers);
    if (checkToken) checkToken(request);
    else if (!allowUnauthenticated) refuseForeignHost(request);
    refuseForeignOrigin(request);
    checkChange(request);
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
