import type { Connection } from '../domain/connection.ts';
import { formatDuration } from '../domain/duration.ts';
import { summaryOf } from '../domain/summary.ts';
import { see } from '../metrics/snapshot.ts';
import type { HttpApp } from './app.ts';
import {
  type ConnectionFilter,
  comparing,
  fitsFilter,
  type PageQuery,
  readFilter,
  readPageQuery,
  sortedBy,
} from './connection-query.ts';
import type { Fleet } from './fleet.ts';
import { JSON_TYPE, sendTagged } from './json-answer.ts';
import { jsonList } from './json-list.ts';
import type { HttpPorts } from './ports.ts';
import { probeView } from './probe-view.ts';
import { ProblemError } from './problem.ts';
import type { Query } from './query.ts';
import { reading, readSlices } from './reading.ts';
import { selectRows } from './select.ts';
import type { SendPieces } from './streaming.ts';
import { type ConnectionView, changeView, connectionView } from './views.ts';

interface ById {
  readonly Params: { readonly id: string };
}

export function addConnectionRoutes(app: HttpApp, ports: HttpPorts, fleet: Fleet, send: SendPieces): void {
  app.get<{ Querystring: Query }>('/api/v1/connections', async (request, reply) => {
    const filter = readFilter(request.query, ports.connections());
    const page = readPageQuery(request.query);
    if (page !== null) {
      const body = JSON.stringify(await connectionPage(fleet, filter, page));
      return sendTagged(request, reply, { type: JSON_TYPE, body });
    }
    const pieces = jsonList('connections', viewSlices(ports, filter));
    return send(request, reply, { type: JSON_TYPE, pieces });
  });
  app.get<ById>('/api/v1/connections/:id', async ({ params }) => {
    const connection = known(ports.findConnection(params.id));
    const { records } = ports;
    const [record, history] = await reading(
      Promise.all([records.read(params.id), records.history(params.id)]),
    );
    return {
      ...connectionView(see(connection, record && summaryOf(record))),
      evidence: record?.evidence ?? null,
      interval: formatDuration(connection.intervalMs),
      confirmations: connection.confirmations,
      probe: probeView(connection, record),
      history: history.map(changeView),
    };
  });
  app.post<ById>('/api/v1/connections/:id/check', async ({ params: { id } }, reply) => {
    const answer = await reading(ports.checkNow(id));
    switch (answer) {
      case 'queued':
        return reply.code(202).send({ id, status: 'queued' });
      case 'unknown':
        throw unknownConnection();
      case 'disabled':
        throw new ProblemError(409, 'The connection is disabled in the config and is not checked.');
      default:
        return answer satisfies never;
    }
  });
}

/** A page of those that fit, and how many fit. */
export async function connectionPage(
  fleet: Fleet,
  filter: ConnectionFilter,
  page: PageQuery,
): Promise<{ readonly connections: readonly ConnectionView[]; readonly total: number }> {
  const { offset, limit } = page;
  const { rows, total } = await selectRows(await fleet.rows(), {
    fits: fitsFilter(filter),
    key: sortedBy(page),
    compare: comparing(page),
    offset,
    limit,
  });
  return { connections: rows.map(connectionView), total };
}

async function* viewSlices(
  ports: HttpPorts,
  filter: ConnectionFilter,
): AsyncGenerator<readonly ConnectionView[]> {
  const byConfig = fitsFilter({ ...filter, states: [] });
  const fits = fitsFilter(filter);
  // What the config says already need not be read.
  const wanted = ports.connections().filter((connection) => byConfig({ connection, state: 'pending' }));
  for await (const slice of readSlices(ports, wanted)) yield slice.filter(fits).map(connectionView);
}

function known(connection: Connection | undefined): Connection {
  if (!connection) throw unknownConnection();
  return connection;
}

function unknownConnection(): ProblemError {
  return new ProblemError(404, 'No connection of this id is configured; /api/v1/connections lists them.');
}
