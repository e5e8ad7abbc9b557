import type { MonitorEvent } from '../domain/event.ts';
import type { HealthRecord } from '../domain/record.ts';
import { checkQueueOf } from '../domain/schedule.ts';
import { type Family, SiblingLooks, siblingsToAsk } from '../domain/sibling-looks.ts';
import { slices } from '../jobs/slices.ts';
import type { Parts } from './parts.ts';

/** Has the other keys of a customer checked because one of them was refused. */
export interface SiblingChecks {
  /** Looks at them for the first time. */
  begin(events: readonly MonitorEvent[]): Promise<void>;
  /** Looks at them again, where that is due and one is still refused. */
  goOn(): Promise<void>;
}

/**
 * Keys that were wiped together, or within half a minute, are known together that way, and announced in one message. The
 * looks to come are kept in memory: when another process becomes the keeper, the schedule finds what it would have found.
 */
export function createSiblingChecks(parts: Parts): SiblingChecks {
  const looks = new SiblingLooks();
  async function look(family: Family): Promise<void> {
    const { refused } = await ask(family, parts);
    if (!refused) looks.end(family);
  }
  return {
    async begin(events) {
      const { confirmDelayMs } = parts.config.get().checks;
      for (const family of looks.begin(events, confirmDelayMs, parts.now())) await look(family);
    },
    async goOn() {
      for (const family of looks.due(parts.now())) await look(family);
    },
  };
}

async function ask(family: Family, { config, records, checkQueues, now }: Parts) {
  const { gateway, tenant } = family;
  const members: [string, HealthRecord | null][] = [];
  const all = config.ofTenant(tenant).filter((one) => one.enabled && one.gateway === gateway);
  for (const slice of slices(all, 500)) {
    const found = await records.readMany(slice.map(({ id }) => id));
    for (const [index, { id }] of slice.entries()) members.push([id, found[index] ?? null]);
  }
  const asked = siblingsToAsk(members, family);
  await checkQueues.addManual(checkQueueOf(gateway), asked.ids, now(), 'keeper');
  return asked;
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
