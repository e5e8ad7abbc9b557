import { SILENCE_STATUSES, silenceStatus } from '../domain/silence.ts';
import { matchMistake, timesMistake } from '../domain/silence-mistake.ts';
import type { HttpApp } from './app.ts';
import type { HttpPorts } from './ports.ts';
import { ProblemError } from './problem.ts';
import { oneOf, type Query, valuesOf } from './query.ts';
import { reading } from './reading.ts';
import { readSilence } from './silence-body.ts';
import { silenceView } from './views.ts';

export function addSilenceRoutes(app: HttpApp, ports: HttpPorts): void {
  app.get<{ Querystring: Query }>('/api/v1/silences', async ({ query }) => {
    const asked = valuesOf(query, 'status').map((text) =>
      oneOf('status', text, [...SILENCE_STATUSES, 'all']),
    );
    const now = ports.now();
    const silences = (await reading(ports.silences.list())).filter((silence) => {
      const all = asked.length === 0 || asked.includes('all');
      return all || asked.includes(silenceStatus(silence, now));
    });
    return { silences: silences.map((silence) => silenceView(silence, now)) };
  });
  app.post<{ Body: unknown }>('/api/v1/silences', async ({ body }, reply) => {
    const now = ports.now();
    const draft = readSilence(body, now);
    const mistake =
      timesMistake(draft.startsAt, draft.endsAt, now) ?? matchMistake(draft.match, ports.connections());
    if (mistake !== null) throw new ProblemError(422, mistake);
    const silence = await reading(ports.silences.add(draft));
    return reply
      .code(201)
      .header('location', `/api/v1/silences/${silence.id}`)
      .send(silenceView(silence, now));
  });
  app.delete<{ Params: { readonly id: string } }>('/api/v1/silences/:id', async ({ params }, reply) => {
    const removed = await reading(ports.silences.remove(params.id));
    if (!removed) {
      throw new ProblemError(404, 'There is no silence of this id; /api/v1/silences lists them.');
    }
    return reply.code(204).send();
  });
}
