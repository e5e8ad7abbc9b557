import type { HttpApp } from './app.ts';
import type { HttpPorts } from './ports.ts';
import { ProblemError } from './problem.ts';
import { oneOf, type Query, valuesOf } from './query.ts';

export function addReloadRoute(app: HttpApp, ports: HttpPorts): void {
  app.post<{ Querystring: Query; Body: unknown }>('/api/v1/reload', async ({ query, body }) => {
    const outcome = await ports.reload(allowsRemovals(query, body));
    if (outcome.kind === 'rejected') {
      throw new ProblemError(422, 'The config was refused; the monitor goes on with the previous one.', {
        members: { issues: outcome.issues },
      });
    }
    const { added, removed, changed, unchanged, warnings } = outcome;
    return { added, removed, changed, unchanged, warnings };
  });
}

/** Either of the two may say so; what cannot be understood must not be taken for a no or a yes. */
function allowsRemovals(query: Query, body: unknown): boolean {
  const asked = valuesOf(query, 'allowRemovals').map((text) =>
    oneOf('allowRemovals', text, ['true', 'false']),
  );
  return asked.includes('true') || bodyAllowsRemovals(body);
}

function bodyAllowsRemovals(body: unknown): boolean {
  if (body === undefined || body === null) return false;
  const entries = typeof body === 'object' && !Array.isArray(body) ? Object.entries(body) : null;
  const understood = entries?.every(
    ([name, value]) => name === 'allowRemovals' && typeof value === 'boolean',
  );
  if (!entries || !understood) {
    throw new ProblemError(400, 'The body may only be {"allowRemovals": true} or {"allowRemovals": false}.');
  }
  return entries.some(([, value]) => value === true);
}
