import type { State } from '../domain/state.ts';
import type { SeenConnection } from '../metrics/snapshot.ts';
import type { HttpApp } from './app.ts';
import type { HttpPorts } from './ports.ts';
import { readSlices } from './reading.ts';
import { PAGE_STYLE_SOURCE, statusPage } from './status-page.ts';
import { type ConnectionView, connectionView } from './views.ts';
import { compareWorstFirst } from './worst-first.ts';

/** Rows of the table; a fleet with more trouble than this is looked at through the API. */
const MOST_ROWS = 200;

export function addPageRoute(app: HttpApp, ports: HttpPorts): void {
  app.get('/', async (_, reply) => {
    const { totals, wrong } = await survey(ports);
    return reply
      .header('content-type', 'text/html; charset=utf-8')
      .header(
        'content-security-policy',
        `default-src 'none'; style-src ${PAGE_STYLE_SOURCE}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
      )
      .send(
        statusPage({ totals, wrong: wrong.slice(0, MOST_ROWS), more: Math.max(0, wrong.length - MOST_ROWS) }),
      );
  });
}

async function survey(ports: HttpPorts) {
  const totals = new Map<State, number>();
  const wrong: ConnectionView[] = [];
  for await (const slice of readSlices(ports, ports.connections())) {
    for (const seen of slice) {
      totals.set(seen.state, (totals.get(seen.state) ?? 0) + 1);
      if (isWrong(seen)) wrong.push(connectionView(seen));
    }
  }
  return { totals, wrong: wrong.sort(compareWorstFirst) };
}

function isWrong({ state }: SeenConnection): boolean {
  return state !== 'healthy' && state !== 'pending' && state !== 'disabled';
}
