import type { Server } from 'node:http';
import { finished } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { clientOf } from './rate-limit.ts';

/**
 * Hangs up on a client that has not taken its answer after `ms`. Silence is noticed sooner, by the socket; this is about
 * one that takes a little now and then, and would keep what the answer is made of in memory for as long as it likes.
 */
export function addAnswerDeadline(app: FastifyInstance<Server>, ms: number, logger: Logger): void {
  app.addHook('onSend', async (request, reply) => {
    const timer = setTimeout(() => {
      const { method, routeOptions, ip } = request;
      const facts = { method, path: routeOptions.url, client: clientOf(ip) };
      logger.warn(facts, 'a client took its answer too slowly and was hung up on');
      request.raw.socket.destroy();
    }, ms);
    finished(reply.raw, () => clearTimeout(timer));
  });
}
