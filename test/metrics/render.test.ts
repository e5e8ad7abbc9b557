import { describe, expect, it } from '@jest/globals';
import { Gauge, Registry } from 'prom-client';
import { summaryOf } from '../../src/domain/summary.ts';
import { DeadlineError } from '../../src/metrics/deadline.ts';
import type { FleetSource } from '../../src/metrics/exposition.ts';
import { renderMetrics } from '../../src/metrics/render.ts';
import { connectionOf, recordOf } from '../helpers/fleet.ts';
import { parseMetrics } from '../helpers/text-format.ts';

function registryWith(name: string): Registry {
  const registry = new Registry();
  new Gauge({ name, help: 'A process series.', registers: [registry] }).set(1);
  return registry;
}

const fleet: FleetSource = {
  connections: () => [connectionOf('acme')],
  readSummaries: async () => [summaryOf(recordOf())],
  openIncidents: async () => [],
};

async function render(source: FleetSource | null, deadlineMs = 5_000) {
  const errors: unknown[] = [];
  let text = '';
  const registry = registryWith('mimecast_monitor_redis_up');
  const onFleetError = (error: unknown) => errors.push(error);
  for await (const piece of renderMetrics({ registry, fleet: source, onFleetError, deadlineMs }))
    text += piece;
  return { names: new Set(parseMetrics(text).map(({ name }) => name)), errors };
}

describe('a scrape', () => {
  it('holds the process series and those of the fleet', async () => {
    const { names, errors } = await render(fleet);
    expect(names).toContain('mimecast_monitor_redis_up');
    expect(names).toContain('mimecast_credential_valid');
    expect(errors).toEqual([]);
  });

  it('holds the process series only in a worker', async () => {
    const { names } = await render(null);
    expect([...names]).toEqual(['mimecast_monitor_redis_up']);
  });

  it('still holds the process series when Redis fails', async () => {
    const down = new Error('no connection to Redis');
    const { names, errors } = await render({ ...fleet, readSummaries: () => Promise.reject(down) });
    expect([...names]).toEqual(['mimecast_monitor_redis_up']);
    expect(errors).toEqual([down]);
  });

  it('still holds the process series when Redis hangs', async () => {
    const { names, errors } = await render({ ...fleet, openIncidents: () => new Promise(() => {}) }, 20);
    expect([...names]).toEqual(['mimecast_monitor_redis_up']);
    expect(errors).toEqual([expect.any(DeadlineError)]);
  });
});
