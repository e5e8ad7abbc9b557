import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import type { Connection } from '../../src/domain/connection.ts';
import type { HealthRecord } from '../../src/domain/record.ts';
import type { HttpPorts } from '../../src/http/ports.ts';
import { renderMetrics } from '../../src/metrics/render.ts';
import { createIncidentStore } from '../../src/store/incidents.ts';
import { KEYS } from '../../src/store/keys.ts';
import { createOutbox } from '../../src/store/outbox.ts';
import { createRecords } from '../../src/store/records.ts';
import { writeRecord, writeSummary } from '../../src/store/serialise.ts';
import { connectionOf, incidentOf, recordOf, revocationOf } from '../helpers/fleet.ts';
import { memoryPorts } from '../helpers/http-ports.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';
import { parseMetrics } from '../helpers/text-format.ts';
import { ask, serve } from './server-under-test.ts';

let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startTestRedis();
  redis = server.client();
});
afterEach(() => server.flush());
afterAll(() => server.stop());

const acme = connectionOf('acme');
const globex = connectionOf('globex');

async function put({ id }: Connection, record: HealthRecord): Promise<void> {
  await redis.hset(KEYS.records, id, writeRecord(record));
  await redis.hset(KEYS.summaries, id, writeSummary(record));
}

/** What `all` processes serve, over the real stores. */
function storedPorts(connections: readonly Connection[]): HttpPorts {
  const records = createRecords(redis);
  const incidents = createIncidentStore(redis);
  const fleet = {
    connections: () => connections,
    readSummaries: records.readSummaries,
    openIncidents: incidents.current,
  };
  const onFleetError = (error: unknown) => {
    throw error;
  };
  return memoryPorts(
    { entries: connections.map((connection) => [connection, null] as const) },
    {
      records,
      incidents: {
        open: incidents.current,
        past: incidents.past,
        deliveries: createOutbox(redis).deliveries,
      },
      renderMetrics: () => renderMetrics({ registry: new Registry(), fleet, onFleetError }),
    },
  );
}

describe('over a real Redis', () => {
  it('a saved verdict shows in the metrics, the list, the history and the incidents', async () => {
    const before = recordOf({ state: 'suspect', rejections: 2 });
    const after = recordOf({ state: 'revoked', version: 2, rejections: 3, lastVerdict: 'rejected' });
    await put(acme, recordOf());
    await put(globex, before);
    const ports = storedPorts([acme, globex]);
    await redis.set(KEYS.epoch, 'e1');
    await createRecords(redis).save('globex', before, after, [revocationOf(globex)], 'e1');
    const incident = incidentOf(globex);
    await redis.hset(KEYS.incidents, incident.id, JSON.stringify(incident));
    const http = await serve(ports);

    const samples = parseMetrics((await ask(http, '/metrics')).text);
    const valid = samples.filter(({ name }) => name === 'mimecast_credential_valid');
    expect(valid.map(({ labels, value }) => [labels['connection'], value])).toEqual([
      ['acme', 1],
      ['globex', 0],
    ]);
    expect(samples).toContainEqual({
      name: 'mimecast_incidents_open',
      labels: { kind: 'credential_invalid', severity: 'critical' },
      value: 1,
    });
    expect((await ask(http, '/api/v1/connections?state=revoked')).json()).toMatchObject({
      connections: [{ id: 'globex', consecutiveRejections: 3 }],
    });
    expect((await ask(http, '/api/v1/connections/globex')).json()).toMatchObject({
      history: [{ from: 'suspect', to: 'revoked' }],
    });
    expect((await ask(http, '/api/v1/incidents?status=open')).json()).toMatchObject({
      incidents: [{ id: incident.id, status: 'open' }],
    });
  });

  it('a fleet of several slices is served whole', async () => {
    const connections = Array.from({ length: 2_700 }, (_, index) => connectionOf(`acme-${index}`));
    const texts = connections.flatMap(({ id }) => [id, writeSummary(recordOf())]);
    await redis.hset(KEYS.summaries, ...texts);
    const http = await serve(storedPorts(connections));
    const samples = parseMetrics((await ask(http, '/metrics')).text);
    expect(samples.filter(({ name }) => name === 'mimecast_credential_valid')).toHaveLength(2_700);
    const list = (await ask(http, '/api/v1/connections')).json() as { connections: unknown[] };
    expect(list.connections).toHaveLength(2_700);
  });
});
