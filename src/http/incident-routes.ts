import type { Logger } from 'pino';
import type { Incident } from '../domain/incident.ts';
import type { HttpApp } from './app.ts';
import { JSON_TYPE } from './connection-routes.ts';
import { jsonList } from './json-list.ts';
import type { HttpPorts } from './ports.ts';
import { oneOf, type Query, valuesOf } from './query.ts';
import { reading } from './reading.ts';
import { sendPieces } from './streaming.ts';
import { type IncidentView, incidentView } from './views.ts';

/** Resolved incidents that one answer shows, latest first. */
const MOST_PAST = 1_000;

const SLICE = 500;

export function addIncidentRoutes(app: HttpApp, ports: HttpPorts, logger: Logger): void {
  app.get<{ Querystring: Query }>('/api/v1/incidents', async (request, reply) => {
    const [text = 'open'] = valuesOf(request.query, 'status');
    const status = oneOf('status', text, ['open', 'resolved']);
    const { incidents } = ports;
    const found = await reading(status === 'open' ? incidents.open() : incidents.past(MOST_PAST));
    const pieces = jsonList('incidents', viewSlices(found));
    return sendPieces(request, reply, { type: JSON_TYPE, pieces, logger });
  });
}

function* viewSlices(incidents: readonly Incident[]): Generator<readonly IncidentView[]> {
  for (let start = 0; start < incidents.length; start += SLICE) {
    yield incidents.slice(start, start + SLICE).map(incidentView);
  }
}
