import type { Connection } from '../../src/domain/connection.ts';
import type { ChannelDelivery } from '../../src/domain/delivery.ts';
import type { Incident } from '../../src/domain/incident.ts';
import type { HealthRecord } from '../../src/domain/record.ts';
import type { Silence } from '../../src/domain/silence.ts';
import { summaryOf } from '../../src/domain/summary.ts';
import type { HttpPorts } from '../../src/http/ports.ts';
import { NEW_YEAR, revocationOf } from './fleet.ts';

export interface MemoryFleet {
  readonly entries: readonly (readonly [Connection, HealthRecord | null])[];
  readonly open?: readonly Incident[];
  readonly past?: readonly Incident[];
  readonly deliveries?: ReadonlyMap<string, readonly ChannelDelivery[]>;
}

/** Ports over a fleet in memory, for tests in which Redis is not the point; `more` replaces single ones. */
export function memoryPorts(
  { entries, open = [], past = [], deliveries = new Map() }: MemoryFleet,
  more: Partial<HttpPorts> = {},
): HttpPorts {
  const silences: Silence[] = [];
  const byId = new Map(entries.map(([connection, record]) => [connection.id, { connection, record }]));
  return {
    connections: () => entries.map(([connection]) => connection),
    findConnection: (id) => byId.get(id)?.connection,
    records: {
      read: async (id) => byId.get(id)?.record ?? null,
      readSummaries: async (ids) =>
        ids.map((id) => {
          const record = byId.get(id)?.record;
          return record ? summaryOf(record) : null;
        }),
      history: async (id) => {
        const found = byId.get(id);
        return found?.record?.state === 'revoked' ? [revocationOf(found.connection)] : [];
      },
    },
    incidents: {
      open: async () => open,
      past: async (most) => past.slice(0, most),
      deliveries: async () => deliveries,
    },
    silences: {
      list: async () => silences,
      add: async (draft) => {
        const silence = { ...draft, id: `s${silences.length + 1}`, createdAt: NEW_YEAR };
        silences.push(silence);
        return silence;
      },
      remove: async (id) => {
        const index = silences.findIndex((one) => one.id === id);
        if (index !== -1) silences.splice(index, 1);
        return index !== -1;
      },
    },
    now: () => NEW_YEAR,
    checkNow: async (id) => {
      const found = byId.get(id);
      if (!found) return 'unknown';
      return found.connection.enabled ? 'queued' : 'disabled';
    },
    reload: async () => ({
      kind: 'reloaded',
      added: 0,
      removed: 0,
      changed: 0,
      unchanged: entries.length,
      warnings: [],
    }),
    readiness: async () => ({ redis: true, config: true, schedules: true }),
    async *renderMetrics() {
      yield '# HELP up Is up.\n# TYPE up gauge\nup 1\n';
    },
    ...more,
  };
}
