import { finished, pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { ProblemError } from './problem.ts';

/** Level 1: 62 MB of metrics shrink to a twentieth in a fifth of a second; higher levels win little. */
const GZIP = { level: 1 } as const;

export type SendPieces = (
  request: FastifyRequest,
  reply: FastifyReply,
  answer: { readonly type: string; readonly pieces: AsyncIterable<string> },
) => Promise<FastifyReply>;

/**
 * Answers with `pieces` as fast as the client takes them, packed when it asks for that. The first piece is made
 * before anything is sent, so that a failure to begin is an answer of its own; a later one breaks the connection,
 * which tells the client that it has not got everything. When the client goes, no further piece is made.
 *
 * Each holds on to the fleet that it tells of: beyond `most` at a time the client is told to come again.
 */
export function createSendPieces(most: number, logger: Logger): SendPieces {
  let underWay = 0;
  return async (request, reply, { type, pieces }) => {
    reply.header('content-type', type).header('vary', 'accept-encoding');
    if (request.method === 'HEAD') return reply.send('');
    if (underWay >= most) {
      throw new ProblemError(503, `${most} long answers are under way already.`, {
        headers: { 'retry-after': '5' },
      });
    }
    underWay += 1;
    finished(reply.raw, () => {
      underWay -= 1;
    });
    return send(request, reply, pieces, logger);
  };
}

async function send(
  request: FastifyRequest,
  reply: FastifyReply,
  pieces: AsyncIterable<string>,
  logger: Logger,
): Promise<FastifyReply> {
  const iterator = pieces[Symbol.asyncIterator]();
  const first = await iterator.next();
  // Pieces go to the socket as texts: as buffers they would be memory outside the heap, of which a hundred megabytes in a second
  // have the engine stop for garbage.
  const source = Readable.from(resume(first, iterator), { highWaterMark: 2 });
  const onEnd = (error: Error | null | undefined) => logBroken(error, logger);
  if (!wantsGzip(request.headers['accept-encoding'])) {
    finished(source, onEnd);
    return reply.send(source);
  }
  const gzip = createGzip(GZIP);
  pipeline(source, gzip, onEnd);
  return reply.header('content-encoding', 'gzip').send(gzip);
}

async function* resume(first: IteratorResult<string>, rest: AsyncIterator<string>): AsyncGenerator<string> {
  try {
    for (let next = first; !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

/** RFC 9110 section 12.5.3: `gzip;q=0` says no. */
export function wantsGzip(header: string | string[] | undefined): boolean {
  const codings = (Array.isArray(header) ? header.join(',') : (header ?? '')).toLowerCase().split(',');
  return codings.some((coding) => {
    const [name = '', weight = ''] = coding.split(';').map((part) => part.trim());
    return name === 'gzip' && !/^q=0(\.0*)?$/.test(weight);
  });
}

function logBroken(error: (Error & { readonly code?: string }) | null | undefined, logger: Logger): void {
  if (!error) return;
  // The client went away: its affair, and nothing was lost.
  if (error.code === 'ERR_STREAM_PREMATURE_CLOSE') return;
  logger.warn({ reason: error.message }, 'an answer broke off');
}
