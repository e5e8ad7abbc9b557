import type { Logger } from 'pino';
import { silenceStatus } from '../domain/silence.ts';
import type { Everything, Overview } from '../page/data.ts';
import { NO_FILTERS, PAGE_SIZE } from '../page/filters.ts';
import { FIRST_OPEN, MOST_RESOLVED } from '../page/views/incidents.ts';
import { documentHtml, troubleHtml } from '../page/views/shell.ts';
import type { HttpApp } from './app.ts';
import type { PageAssets } from './assets.ts';
import { NO_FILTER } from './connection-query.ts';
import { connectionPage } from './connection-routes.ts';
import type { Fleet } from './fleet.ts';
import { incidentPage } from './incident-routes.ts';
import { JSON_TYPE, sendTagged } from './json-answer.ts';
import { overviewOf } from './overview.ts';
import type { HttpPorts } from './ports.ts';
import { ProblemError } from './problem.ts';
import { reading } from './reading.ts';
import { silenceView } from './views.ts';

/** Files of the page from this very server and nothing else; no address to send a form or a base to. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HTML_TYPE = 'text/html; charset=utf-8';

export function addPageRoute(
  app: HttpApp,
  {
    ports,
    fleet,
    assets,
    logger,
  }: {
    readonly ports: HttpPorts;
    readonly fleet: Fleet;
    readonly assets: PageAssets;
    readonly logger: Logger;
  },
): void {
  app.get('/', async (request, reply) => {
    reply.header('content-security-policy', POLICY);
    try {
      const everything = await firstSight(ports, fleet, assets);
      const host = request.headers.host ?? '';
      const body = documentHtml({ everything, now: ports.now(), files: assets, host });
      return await sendTagged(request, reply, { type: HTML_TYPE, body });
    } catch (error) {
      // Programs are told in the usual form, by whoever handles the errors of all routes.
      if (!(error instanceof ProblemError) || !prefersHtml(request.headers.accept)) throw error;
      logger.error({ reason: String(error.cause ?? error.message) }, 'the status page could not be made');
      const body = troubleHtml(error.message, assets);
      return reply.code(error.status).headers(error.headers).type(HTML_TYPE).send(body);
    }
  });
  app.get('/api/v1/overview', async (request, reply) => {
    const body = JSON.stringify(await overviewNow(fleet, assets));
    return sendTagged(request, reply, { type: JSON_TYPE, body });
  });
}

/** Browsers say so; curl and the like accept anything. */
function prefersHtml(accept: string | undefined): boolean {
  return accept?.toLowerCase().includes('text/html') ?? false;
}

async function overviewNow(fleet: Fleet, assets: PageAssets): Promise<Overview> {
  const [rows, open] = await Promise.all([fleet.rows(), fleet.openIncidents()]);
  return overviewOf(rows, open, assets.version);
}

async function firstSight(ports: HttpPorts, fleet: Fleet, assets: PageAssets): Promise<Everything> {
  const { sort, descending } = NO_FILTERS;
  const [overview, page, open, resolved, silences] = await Promise.all([
    overviewNow(fleet, assets),
    connectionPage(fleet, NO_FILTER, { sort, descending, offset: 0, limit: PAGE_SIZE }),
    incidentPage(ports, fleet, { status: 'open', connections: [], limit: FIRST_OPEN }),
    incidentPage(ports, fleet, { status: 'resolved', connections: [], limit: MOST_RESOLVED }),
    reading(ports.silences.list()),
  ]);
  const now = ports.now();
  return {
    overview,
    page,
    open,
    resolved,
    silences: silences
      .filter((silence) => silenceStatus(silence, now) !== 'expired')
      .map((silence) => silenceView(silence, now)),
  };
}
