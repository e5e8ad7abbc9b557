import type { Logger } from 'pino';
import { createToldBy } from '../domain/delivery.ts';
import type { Incident } from '../domain/incident.ts';
import type { HttpApp } from './app.ts';
import { JSON_TYPE } from './connection-routes.ts';
import { jsonList } from './json-list.ts';
import { noticeView } from './notice-view.ts';
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
    const toldBy = createToldBy(found);
    // All at once: thousands of incidents may be open, and many of them were told of by the same message.
    const ids = new Set(found.flatMap((incident) => toldBy(incident)?.incident ?? []));
    const deliveries = await reading(incidents.deliveries([...ids]));
    const view = (incident: Incident): IncidentView => {
      const by = toldBy(incident);
      return incidentView(incident, noticeView(incident, by, deliveries.get(by?.incident ?? '') ?? []));
    };
    const pieces = jsonList('incidents', viewSlices(found, view));
    return sendPieces(request, reply, { type: JSON_TYPE, pieces, logger });
  });
}

function* viewSlices(
  incidents: readonly Incident[],
  view: (incident: Incident) => IncidentView,
): Generator<readonly IncidentView[]> {
  for (let start = 0; start < incidents.length; start += SLICE) {
    yield incidents.slice(start, start + SLICE).map(view);
  }
}
