import { STATUS_CODES } from 'node:http';
import type { FastifyReply } from 'fastify';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** Ends a request with an RFC 9457 problem document. `detail` is shown to the client; a `cause` only goes to the log. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  /** Members of the document beyond type, title, status and detail. */
  readonly members: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string | string[]>>;

  constructor(
    status: number,
    detail: string,
    more: {
      readonly members?: Readonly<Record<string, unknown>>;
      readonly headers?: Readonly<Record<string, string | string[]>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(detail, { cause: more.cause });
    this.status = status;
    this.members = more.members ?? {};
    this.headers = more.headers ?? {};
  }
}

/** The document of RFC 9457 section 3; `about:blank` says that the status code tells the type. */
export function problemDocument({ status, message, members }: ProblemError): string {
  const title = STATUS_CODES[status] ?? 'Error';
  return JSON.stringify({ type: 'about:blank', title, status, detail: message, ...members });
}

export function sendProblem(reply: FastifyReply, problem: ProblemError): FastifyReply {
  return reply
    .code(problem.status)
    .headers(problem.headers)
    .header('content-type', PROBLEM_TYPE)
    .send(problemDocument(problem));
}

/**
 * What a client is told of an error. Fastify's own errors about a request (a body too large, JSON that is none)
 * carry a status below 500 and a text about the request; anything else is the monitor's fault and stays in its log.
 */
export function problemOf(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : null;
  if (error instanceof Error && typeof status === 'number' && status >= 400 && status < 500) {
    return new ProblemError(status, requestFault(status));
  }
  return new ProblemError(500, 'The monitor could not answer; its log says why.', { cause: error });
}

function requestFault(status: number): string {
  switch (status) {
    case 413:
      return 'The body is larger than 64 KiB.';
    case 415:
      return 'The body must be JSON: send it with content-type: application/json, or send none.';
    case 414:
      return 'The URL is too long.';
    default:
      return 'The request could not be understood: check its URL, its length and, where it has a body, its JSON.';
  }
}
