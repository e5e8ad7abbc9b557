import type { MonitorEvent } from '../domain/event.ts';
import { checkQueueOf } from '../domain/schedule.ts';
import { slices } from '../jobs/slices.ts';
import type { Parts } from './parts.ts';

/** Whoever wipes a customer's keys wipes them together; more than this many are a fleet of their own. */
const MOST_SIBLINGS = 50;
const AGAIN_AFTER_MS = 60_000;

/**
 * Has the other connections of a customer at the same gateway checked when one of them is refused, so that keys that
 * were wiped together are known together, and announced in one message.
 */
export function createSiblingChecks(parts: Parts): (events: readonly MonitorEvent[]) => Promise<void> {
  const asked = new Map<string, number>();
  return async (events) => {
    const now = parts.now();
    for (const [family, at] of asked) if (now - at > AGAIN_AFTER_MS) asked.delete(family);
    for (const event of events) {
      if (event.type !== 'state' || event.reason !== 'first_rejection' || event.from !== 'healthy') continue;
      const { id, tenant, gateway } = event.connection;
      const family = `${gateway} ${tenant}`;
      if (asked.has(family)) continue;
      asked.set(family, now);
      const siblings = parts.config
        .ofTenant(tenant)
        .filter((one) => one.enabled && one.gateway === gateway && one.id !== id);
      const ids = siblings.slice(0, MOST_SIBLINGS).map((sibling) => sibling.id);
      await parts.checkQueues.addManual(checkQueueOf(gateway), ids, now, 'keeper');
    }
  };
}

/** Has every connection of these gateways checked once, as fast as their limit allows. */
export async function checkGateways(
  gateways: readonly string[],
  { config, checkQueues, now }: Parts,
): Promise<void> {
  for (const gateway of gateways) {
    const all = config.get().connections.filter((one) => one.enabled && one.gateway === gateway);
    for (const slice of slices(all, 500)) {
      await checkQueues.addManual(
        checkQueueOf(gateway),
        slice.map(({ id }) => id),
        now(),
        'keeper',
      );
    }
  }
}
