import { DRIVERS } from '../alerts/drivers.ts';
import type { DecidePolicy } from '../domain/decide.ts';
import type { MonitorEvent } from '../domain/event.ts';
import { slices } from '../jobs/slices.ts';
import type { Parts } from './parts.ts';

const ISSUING_SERVES_MS = 5_000;

/** What decisions go by, as the config and Redis have it at that moment. */
export function createPolicySource(parts: Parts): (events: readonly MonitorEvent[]) => Promise<DecidePolicy> {
  const issuing = rememberIssuing(parts);
  return (events) => policyFor(events, parts, issuing);
}

async function policyFor(
  events: readonly MonitorEvent[],
  parts: Parts,
  issuing: () => Promise<ReadonlySet<string>>,
): Promise<DecidePolicy> {
  const { config, identity } = parts;
  const { alerts, expiry, checks } = config.get();
  await identity.confirm(parts.now());
  const asked = events.some((event) => event.type === 'state' && event.unknownCodePersists);
  return {
    epoch: identity.current().epoch,
    ...config.routing(),
    reminderEveryMs: alerts.reminderEveryMs,
    alertPerIncident: new Set(
      alerts.channels.flatMap(({ name, type }) => (DRIVERS[type]?.alertPerIncident ? [name] : [])),
    ),
    confirmDelayMs: checks.confirmDelayMs,
    unverifiableAfterMs: checks.unverifiableAfterMs,
    mass: alerts.massRejection,
    warnBeforeMs: expiry.warnBeforeMs,
    find: (id) => config.find(id),
    issuing: asked ? await issuing() : new Set(),
    historyLoss: await identity.historyLoss(),
  };
}

/** Asked for by each of many batches of events, and found by looking at the whole fleet: for a few seconds the last answer serves. */
function rememberIssuing(parts: Parts): () => Promise<ReadonlySet<string>> {
  let last: { readonly at: number; readonly gateways: ReadonlySet<string> } | null = null;
  return async () => {
    const now = parts.now();
    if (last && now >= last.at && now - last.at < ISSUING_SERVES_MS) return last.gateways;
    last = { at: now, gateways: await issuingGateways(parts) };
    return last.gateways;
  };
}

/** Gateways with a healthy connection: they issue tokens, so their refusals are about the refused. */
async function issuingGateways({ config, records }: Parts): Promise<Set<string>> {
  const issuing = new Set<string>();
  for (const slice of slices(config.get().connections, 500)) {
    for (const summary of await records.readSummaries(slice.map(({ id }) => id))) {
      if (summary?.state === 'healthy') issuing.add(summary.gateway);
    }
  }
  return issuing;
}
