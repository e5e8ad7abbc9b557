import { createToldBy } from '../domain/delivery.ts';
import { type Incident, isDigest } from '../domain/incident.ts';
import type { HttpApp } from './app.ts';
import { readLimit } from './connection-query.ts';
import { type Fleet, MOST_PAST } from './fleet.ts';
import { JSON_TYPE, sendTagged } from './json-answer.ts';
import { jsonList } from './json-list.ts';
import { noticeView } from './notice-view.ts';
import type { HttpPorts } from './ports.ts';
import { oneOf, type Query, valuesOf } from './query.ts';
import { reading } from './reading.ts';
import { selectRows } from './select.ts';
import type { SendPieces } from './streaming.ts';
import { type IncidentView, incidentView } from './views.ts';

const SLICE = 500;

export interface IncidentQuery {
  readonly status: 'open' | 'resolved';
  /** Incidents of these connections only; empty for all. */
  readonly connections: readonly string[];
  readonly limit: number;
}

export function addIncidentRoutes(app: HttpApp, ports: HttpPorts, fleet: Fleet, send: SendPieces): void {
  app.get<{ Querystring: Query }>('/api/v1/incidents', async (request, reply) => {
    const [text = 'open'] = valuesOf(request.query, 'status');
    const status = oneOf('status', text, ['open', 'resolved']);
    const connections = valuesOf(request.query, 'connection');
    const limit = readLimit(request.query);
    if (limit !== null) {
      const body = JSON.stringify(await incidentPage(ports, fleet, { status, connections, limit }));
      return sendTagged(request, reply, { type: JSON_TYPE, body });
    }
    const { incidents } = ports;
    const found = await reading(status === 'open' ? incidents.open() : incidents.past(MOST_PAST));
    const view = await viewing(ports, found, found);
    const pieces = jsonList('incidents', viewSlices(found.filter(concerning(connections)), view));
    return send(request, reply, { type: JSON_TYPE, pieces });
  });
}

/** The first of those that fit, open ones with what matters most first, and how many fit. */
export async function incidentPage(
  ports: HttpPorts,
  fleet: Fleet,
  { status, connections, limit }: IncidentQuery,
): Promise<{ readonly incidents: readonly IncidentView[]; readonly total: number }> {
  const found = status === 'open' ? await fleet.openIncidents() : await fleet.pastIncidents();
  const { rows, total } = await selectRows(found, {
    fits: concerning(connections),
    key: (incident) => incident,
    compare: status === 'open' ? compareOpen : compareEnd,
    offset: 0,
    limit,
  });
  const view = await viewing(ports, found, rows);
  return { incidents: rows.map(view), total };
}

/** How each of `shown` is shown, with what became of its message: another of `all` may have told of it. */
async function viewing(
  { incidents }: HttpPorts,
  all: readonly Incident[],
  shown: readonly Incident[],
): Promise<(incident: Incident) => IncidentView> {
  const toldBy = createToldBy(all);
  // All at once: thousands of incidents may be open, and many of them were told of by the same message.
  const ids = new Set(
    shown.flatMap((incident) => {
      const by = toldBy(incident);
      return by === null ? [] : [by.incident, ...(by.alone ? [incident.id] : [])];
    }),
  );
  const deliveries = await reading(incidents.deliveries([...ids]));
  return (incident) => {
    const by = toldBy(incident);
    const found = deliveries.get(by?.incident ?? '') ?? [];
    const alone = by?.alone ? (deliveries.get(incident.id) ?? []) : [];
    const own = alone.filter(({ channel }) => by?.alone?.includes(channel));
    return incidentView(incident, noticeView(incident, by, [...found, ...own]));
  };
}

function concerning(connections: readonly string[]): (incident: Incident) => boolean {
  return ({ connection, members }) =>
    connections.length === 0 ||
    (connection !== null && connections.includes(connection.id)) ||
    members.some((id) => connections.includes(id));
}

/** What pages first, then what concerns many, then what is told in no digest, the latest of each first. */
function compareOpen(a: Incident, b: Incident): number {
  return weight(a) - weight(b) || b.startedAt - a.startedAt || (a.id < b.id ? -1 : 1);
}

function weight(incident: Incident): number {
  const { severity, connection, group } = incident;
  const rank = isDigest(incident) ? 1 : connection === null ? 0 : group === null ? 2 : 3;
  return (severity === 'critical' ? 0 : 4) + rank;
}

function compareEnd(a: Incident, b: Incident): number {
  return (b.resolvedAt ?? 0) - (a.resolvedAt ?? 0) || (a.id < b.id ? -1 : 1);
}

function* viewSlices(
  incidents: readonly Incident[],
  view: (incident: Incident) => IncidentView,
): Generator<readonly IncidentView[]> {
  for (let start = 0; start < incidents.length; start += SLICE) {
    yield incidents.slice(start, start + SLICE).map(view);
  }
}
