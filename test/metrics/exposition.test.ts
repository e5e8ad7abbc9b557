import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { Connection } from '../../src/domain/connection.ts';
import type { Incident } from '../../src/domain/incident.ts';
import type { HealthRecord } from '../../src/domain/record.ts';
import { summaryOf } from '../../src/domain/summary.ts';
import { type FleetSource, renderFleet } from '../../src/metrics/exposition.ts';
import { connectionOf, incidentOf, NEW_YEAR, recordOf, UK } from '../helpers/fleet.ts';
import { parseMetrics } from '../helpers/text-format.ts';

interface Entry {
  readonly connection: Connection;
  readonly record: HealthRecord | null;
}

function sourceOf(entries: readonly Entry[], incidents: readonly Incident[] = []): FleetSource {
  const records = new Map(entries.map(({ connection, record }) => [connection.id, record]));
  return {
    connections: () => entries.map(({ connection }) => connection),
    readSummaries: async (ids) =>
      ids.map((id) => {
        const record = records.get(id);
        return record ? summaryOf(record) : null;
      }),
    openIncidents: async () => incidents,
  };
}

async function render(source: FleetSource): Promise<string> {
  let text = '';
  for await (const piece of renderFleet(source)) text += piece;
  return text;
}

/** The value of one connection's series, by family; absent series are absent. */
async function seriesOf(entry: Entry): Promise<Record<string, number>> {
  const samples = parseMetrics(await render(sourceOf([entry])));
  const own = samples.filter(({ labels }) => labels['connection'] === entry.connection.id);
  return Object.fromEntries(own.map(({ name, value }) => [name.replace('mimecast_credential_', ''), value]));
}

const acme = connectionOf('acme-siem', {
  tenant: 'Acme "Corp"',
  secretExpiresAt: NEW_YEAR + 86_400_000,
  labels: { tier: 'gold', 'cost-centre': 'a\\b' },
});
const globex = connectionOf('globex', { gateway: UK, intervalMs: 60_500 });
const initech = connectionOf('initech', { enabled: false });

const EXPECTED = readFileSync(new URL('fixtures/small-fleet.prom', import.meta.url), 'utf8');

describe('the fleet exposition', () => {
  it('writes every family of the contract, each in one group', async () => {
    const source = sourceOf(
      [
        { connection: acme, record: recordOf() },
        {
          connection: globex,
          record: recordOf({ state: 'revoked', since: NEW_YEAR + 1_500, rejections: 3, lastSuccessAt: null }),
        },
        { connection: initech, record: recordOf({ state: 'disabled' }) },
      ],
      [incidentOf(globex), incidentOf(null, { kind: 'gateway_outage', severity: 'warning', subject: UK })],
    );

    expect(await render(source)).toBe(EXPECTED);
  });

  it('is read without complaint by a strict parser, and an empty fleet too', async () => {
    expect(parseMetrics(EXPECTED).length).toBeGreaterThan(40);
    const empty = parseMetrics(await render(sourceOf([])));
    expect(empty).toContainEqual({ name: 'mimecast_connections_configured', labels: {}, value: 0 });
    expect(empty.filter(({ name }) => name === 'mimecast_connections')).toHaveLength(9);
    expect(empty.filter(({ name }) => name === 'mimecast_incidents_open')).toHaveLength(16);
  });

  it('shows a connection that has no record yet as pending', async () => {
    const samples = parseMetrics(await render(sourceOf([{ connection: acme, record: null }])));
    expect(samples).toContainEqual({ name: 'mimecast_connections', labels: { state: 'pending' }, value: 1 });
    expect(await seriesOf({ connection: acme, record: null })).toEqual({
      state: 1,
      check_interval_seconds: 300,
      consecutive_rejections: 0,
      secret_expiry_timestamp_seconds: NEW_YEAR / 1_000 + 86_400,
      info: 1,
    });
  });

  it.each([
    ['permitted', 1],
    ['denied', 0],
    ['unknown', undefined],
  ] as const)('shows a permission that is %s, and when it was probed', async (state, value) => {
    const last = { result: 'timeout', httpStatus: null, code: null, requestId: null } as const;
    const counts = { denials: 0, lastCountedAt: null, permittedAt: null };
    const permission = { call: 'GET /a', state, since: NEW_YEAR, askedAt: NEW_YEAR + 1_500, ...counts, last };
    const series = await seriesOf({ connection: acme, record: recordOf({ permission }) });
    expect(series['permission']).toBe(value);
    expect(series['last_probe_timestamp_seconds']).toBe(NEW_YEAR / 1_000 + 1.5);
    const off = await seriesOf({ connection: initech, record: recordOf({ permission }) });
    expect(Object.keys(off)).toEqual(['state', 'state_since_timestamp_seconds', 'info']);
  });

  it('goes by the config where a record has not followed a reload yet', async () => {
    const enabled = parseMetrics(
      await render(sourceOf([{ connection: acme, record: recordOf({ state: 'disabled' }) }])),
    );
    const disabled = parseMetrics(await render(sourceOf([{ connection: initech, record: recordOf() }])));
    expect(enabled).toContainEqual({ name: 'mimecast_connections_configured', labels: {}, value: 1 });
    expect(enabled).toContainEqual({ name: 'mimecast_connections', labels: { state: 'pending' }, value: 1 });
    expect(disabled).toContainEqual({ name: 'mimecast_connections_configured', labels: {}, value: 0 });
    expect(disabled).toContainEqual({
      name: 'mimecast_connections',
      labels: { state: 'disabled' },
      value: 1,
    });
  });

  it('writes a configured label once even when two names become the same', async () => {
    const twice = connectionOf('acme', { labels: { 'a-b': 'first', 'a.b': 'second' } });
    expect(await render(sourceOf([{ connection: twice, record: null }]))).toContain(
      ',label_a_b="first"} 1\n',
    );
  });

  it('reads and writes a fleet larger than a slice completely', async () => {
    const entries = Array.from({ length: 1_234 }, (_, index) => ({
      connection: connectionOf(`acme-${index}`),
      record: recordOf(),
    }));
    const samples = parseMetrics(await render(sourceOf(entries)));
    const valid = samples.filter(({ name }) => name === 'mimecast_credential_valid');
    expect(new Set(valid.map(({ labels }) => labels['connection'])).size).toBe(1_234);
  });

  it('gives way to other work between two slices', async () => {
    const entries = Array.from({ length: 3_000 }, (_, index) => ({
      connection: connectionOf(`acme-${index}`),
      record: recordOf(),
    }));
    let turns = 0;
    let running = true;
    const count = () => {
      turns += 1;
      if (running) setImmediate(count);
    };
    setImmediate(count);
    await render(sourceOf(entries));
    running = false;
    // Six slices are read, and twelve families are written in three pieces each.
    expect(turns).toBeGreaterThanOrEqual(36);
  });
});

describe('mimecast_credential_valid', () => {
  it.each([
    ['healthy', recordOf(), 1],
    ['suspect after having been healthy', recordOf({ state: 'suspect', rejections: 1 }), 1],
    ['suspect and never valid', recordOf({ state: 'suspect', validFingerprints: [] }), undefined],
    ['suspect with a new secret', recordOf({ state: 'suspect', fingerprint: 'new' }), undefined],
    ['revoked', recordOf({ state: 'revoked' }), 0],
    ['never_valid', recordOf({ state: 'never_valid' }), 0],
    ['expired', recordOf({ state: 'expired' }), 0],
    ['forbidden', recordOf({ state: 'forbidden' }), 0],
    ['unverifiable', recordOf({ state: 'unverifiable' }), undefined],
    ['pending', recordOf({ state: 'pending' }), undefined],
  ])('%s', async (_, record, expected) => {
    expect((await seriesOf({ connection: acme, record }))['valid']).toBe(expected);
  });

  it('is absent for a disabled connection, as is all that a rule could wait for', async () => {
    const series = await seriesOf({ connection: initech, record: recordOf({ state: 'disabled' }) });
    expect(Object.keys(series).sort()).toEqual(['info', 'state', 'state_since_timestamp_seconds']);
  });
});
