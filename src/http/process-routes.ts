import { within } from '../metrics/deadline.ts';
import { TEXT_FORMAT } from '../metrics/text-format.ts';
import type { HttpApp } from './app.ts';
import type { ProcessPorts, Readiness } from './ports.ts';
import { ProblemError } from './problem.ts';
import type { SendPieces } from './streaming.ts';

/** Probes give up after a few seconds and would then not learn what is missing. */
const READINESS_DEADLINE_MS = 2_000;

/** What every process serves: its series, whether it lives and whether it is ready. */
export function addProcessRoutes(app: HttpApp, ports: ProcessPorts, send: SendPieces): void {
  app.get('/metrics', (request, reply) =>
    send(request, reply, { type: TEXT_FORMAT, pieces: ports.renderMetrics() }),
  );
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async () => {
    const missing = await whatIsMissing(ports);
    if (missing.length > 0) {
      throw new ProblemError(503, `Not ready yet: ${missing.join(', ')}.`, { members: { missing } });
    }
    return { status: 'ready' };
  });
}

async function whatIsMissing(ports: ProcessPorts): Promise<(keyof Readiness)[]> {
  // All that can fail or hang here is the question to Redis.
  const unreachable = { redis: false, config: true, schedules: true };
  const asked = within(ports.readiness(), READINESS_DEADLINE_MS, 'looking whether all is ready');
  const readiness = await asked.catch(() => unreachable);
  return (['redis', 'config', 'schedules'] as const).filter((part) => !readiness[part]);
}
