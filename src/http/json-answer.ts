import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { wantsGzip } from './streaming.ts';

export const JSON_TYPE = 'application/json; charset=utf-8';

/** Packing less than this saves no packet. */
const WORTH_PACKING = 1_200;

const pack = promisify(gzip);

export interface Answer {
  readonly type: string;
  readonly body: string;
}

/** Answers with a body that is made already: with a tag, with nothing but 304 to whoever has it, packed when asked. */
export async function sendTagged(
  request: FastifyRequest,
  reply: FastifyReply,
  { type, body }: Answer,
): Promise<FastifyReply> {
  const tag = `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  reply.header('etag', tag).header('vary', 'accept-encoding').header('content-type', type);
  if (hasTag(request.headers['if-none-match'], tag)) return reply.code(304).send();
  if (body.length < WORTH_PACKING || !wantsGzip(request.headers['accept-encoding'])) return reply.send(body);
  return reply.header('content-encoding', 'gzip').send(await pack(body, { level: 1 }));
}

/** RFC 9110 section 13.1.2, compared weakly. */
function hasTag(header: string | undefined, tag: string): boolean {
  const opaque = (one: string) => one.trim().replace(/^W\//, '');
  return header?.split(',').some((one) => opaque(one) === opaque(tag)) ?? false;
}
