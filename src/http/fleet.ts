import type { Connection } from '../domain/connection.ts';
import type { Incident } from '../domain/incident.ts';
import type { HealthRecord } from '../domain/record.ts';
import type { State } from '../domain/state.ts';
import type { SeenConnection } from '../metrics/snapshot.ts';
import type { HttpPorts } from './ports.ts';
import { reading, readSlices } from './reading.ts';
import { shared } from './share.ts';

/** The part of a record that lists show: a hundred thousand whole ones would fill the memory. */
export type BriefRecord = Pick<
  HealthRecord,
  'since' | 'lastCheckAt' | 'lastVerdict' | 'lastSuccessAt' | 'rejections' | 'notBefore'
>;

/** One row of a list. */
export interface FleetRow {
  readonly connection: Connection;
  readonly record: BriefRecord | null;
  readonly state: State;
}

/** What lists and the page are made of. Everybody who asks at about the same time is given the same reading. */
export interface Fleet {
  rows(): Promise<readonly FleetRow[]>;
  openIncidents(): Promise<readonly Incident[]>;
  pastIncidents(): Promise<readonly Incident[]>;
}

/** Resolved incidents that are looked at, latest first. */
export const MOST_PAST = 1_000;

export function createFleet(ports: HttpPorts): Fleet {
  const clock = () => performance.now();
  return {
    rows: shared(() => readRows(ports), clock),
    openIncidents: shared(() => reading(ports.incidents.open()), clock),
    pastIncidents: shared(() => reading(ports.incidents.past(MOST_PAST)), clock),
  };
}

async function readRows(ports: HttpPorts): Promise<readonly FleetRow[]> {
  const rows: FleetRow[] = [];
  for await (const slice of readSlices(ports, ports.connections())) {
    for (const seen of slice) rows.push(rowOf(seen));
  }
  return rows;
}

function rowOf({ connection, record, state }: SeenConnection): FleetRow {
  if (record === null) return { connection, record, state };
  const { since, lastCheckAt, lastVerdict, lastSuccessAt, rejections, notBefore } = record;
  const brief = { since, lastCheckAt, lastVerdict, lastSuccessAt, rejections, notBefore };
  return { connection, state, record: brief };
}
