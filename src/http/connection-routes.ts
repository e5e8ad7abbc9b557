import type { Logger } from 'pino';
import type { Connection } from '../domain/connection.ts';
import { STATES, type State } from '../domain/state.ts';
import { see } from '../metrics/snapshot.ts';
import type { HttpApp } from './app.ts';
import { jsonList } from './json-list.ts';
import type { HttpPorts } from './ports.ts';
import { ProblemError } from './problem.ts';
import { oneOf, type Query, valuesOf } from './query.ts';
import { reading, readSlices } from './reading.ts';
import { sendPieces } from './streaming.ts';
import { type ConnectionView, changeView, connectionView } from './views.ts';

export const JSON_TYPE = 'application/json; charset=utf-8';

interface ById {
  readonly Params: { readonly id: string };
}

export function addConnectionRoutes(app: HttpApp, ports: HttpPorts, logger: Logger): void {
  app.get<{ Querystring: Query }>('/api/v1/connections', (request, reply) => {
    const states = valuesOf(request.query, 'state').map((text) => oneOf('state', text, STATES));
    const tenants = valuesOf(request.query, 'tenant');
    const pieces = jsonList('connections', viewSlices(ports, states, tenants));
    return sendPieces(request, reply, { type: JSON_TYPE, pieces, logger });
  });
  app.get<ById>('/api/v1/connections/:id', async ({ params }) => {
    const connection = known(ports.findConnection(params.id));
    const { records } = ports;
    const [record, history] = await reading(
      Promise.all([records.read(params.id), records.history(params.id)]),
    );
    return { ...connectionView(see(connection, record)), history: history.map(changeView) };
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

/** An empty filter lets everything through. */
async function* viewSlices(
  ports: HttpPorts,
  states: readonly State[],
  tenants: readonly string[],
): AsyncGenerator<readonly ConnectionView[]> {
  const all = ports.connections();
  const wanted = tenants.length === 0 ? all : all.filter(({ tenant }) => tenants.includes(tenant));
  for await (const slice of readSlices(ports, wanted)) {
    const shown = states.length === 0 ? slice : slice.filter(({ state }) => states.includes(state));
    yield shown.map(connectionView);
  }
}

function known(connection: Connection | undefined): Connection {
  if (!connection) throw unknownConnection();
  return connection;
}

function unknownConnection(): ProblemError {
  return new ProblemError(404, 'No connection of this id is configured; /api/v1/connections lists them.');
}
