import { setImmediate } from 'node:timers/promises';
import type { Connection } from '../domain/connection.ts';
import { INCIDENT_KINDS, type Incident, isDigest, SEVERITIES } from '../domain/incident.ts';
import { STATES } from '../domain/state.ts';
import { CONNECTION_FAMILIES, type ConnectionFamily, type Row, rowOf } from './connection-families.ts';
import { type ReadSummaries, readSnapshot } from './snapshot.ts';
import { gaugeHeader, labelPairs } from './text-format.ts';

/** Where the fleet's series come from. */
export interface FleetSource {
  connections(): readonly Connection[];
  readonly readSummaries: ReadSummaries;
  openIncidents(): Promise<readonly Incident[]>;
}

/** What one scrape shows: read whole before the first line is written. */
export interface Fleet {
  readonly rows: readonly Row[];
  readonly gateways: readonly string[];
  readonly incidents: readonly Incident[];
}

/** Lines written between two turns of the event loop; about a millisecond's work. */
const LINES = 1_000;

/** The fleet's and the connections' series in the text format, a piece at a time. */
export async function* renderFleet(source: FleetSource): AsyncGenerator<string> {
  yield* writeFleet(await readFleet(source));
}

/**
 * Reads everything a scrape shows. The format wants all samples of a family in one group, so each connection is
 * looked at once per family: its summary is kept (some 25 MB for 100,000), the text is not.
 */
export async function readFleet(source: FleetSource): Promise<Fleet> {
  const connections = source.connections();
  const rows: Row[] = [];
  const gateways = new Set<string>();
  for await (const slice of readSnapshot(connections, source.readSummaries)) {
    for (const seen of slice) {
      rows.push(rowOf(seen));
      if (seen.connection.enabled) gateways.add(seen.connection.gateway);
    }
  }
  return { rows, gateways: [...gateways].sort(), incidents: await source.openIncidents() };
}

export async function* writeFleet(fleet: Fleet): AsyncGenerator<string> {
  yield fleetGauges(fleet);
  for (const family of CONNECTION_FAMILIES) {
    yield gaugeHeader(family.name, family.help);
    for (let start = 0; start < fleet.rows.length; start += LINES) {
      yield samples(family, fleet.rows, start);
      await setImmediate();
    }
  }
}

function samples({ name, value, labels }: ConnectionFamily, rows: readonly Row[], start: number): string {
  const end = Math.min(start + LINES, rows.length);
  let text = '';
  for (let index = start; index < end; index++) {
    const row = rows[index];
    const number = row === undefined ? null : value(row);
    if (row === undefined || number === null) continue;
    text += `${name}{${labels ? labels(row) : row.labels.identity}} ${number}\n`;
  }
  return text;
}

function fleetGauges({ rows, gateways, incidents }: Fleet): string {
  const states = new Map<string, number>(STATES.map((state) => [state, 0]));
  for (const { state } of rows) states.set(state, (states.get(state) ?? 0) + 1);
  const configured = rows.length - (states.get('disabled') ?? 0);
  return [
    gaugeHeader('mimecast_connections_configured', 'Connections that are watched; disabled ones are not.'),
    `mimecast_connections_configured ${configured}\n`,
    gaugeHeader('mimecast_connections', 'Connections by state.'),
    ...[...states].map(([state, count]) => `mimecast_connections{state="${state}"} ${count}\n`),
    gaugeHeader('mimecast_incidents_open', 'Open incidents by kind and severity.'),
    ...openIncidents(incidents),
    gaugeHeader('mimecast_gateway_outage', 'Whether a gateway is out (1) or not (0).'),
    ...gateways.map(
      (gateway) => `mimecast_gateway_outage{${labelPairs({ gateway })}} ${isOut(gateway, incidents)}\n`,
    ),
  ].join('');
}

function openIncidents(incidents: readonly Incident[]): string[] {
  const counts = new Map<string, number>();
  for (const incident of incidents) {
    // A digest is a message about incidents that are counted by themselves.
    if (incident.resolvedAt !== null || isDigest(incident)) continue;
    const { kind, severity } = incident;
    const labels = labelPairs({ kind, severity });
    counts.set(labels, (counts.get(labels) ?? 0) + 1);
  }
  return INCIDENT_KINDS.flatMap((kind) =>
    SEVERITIES.map((severity) => {
      const labels = labelPairs({ kind, severity });
      return `mimecast_incidents_open{${labels}} ${counts.get(labels) ?? 0}\n`;
    }),
  );
}

function isOut(gateway: string, incidents: readonly Incident[]): 0 | 1 {
  const out = incidents.some(
    ({ kind, subject, resolvedAt }) =>
      kind === 'gateway_outage' && subject === gateway && resolvedAt === null,
  );
  return out ? 1 : 0;
}
