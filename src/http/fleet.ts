import type { Incident } from '../domain/incident.ts';
import type { SeenConnection } from '../metrics/snapshot.ts';
import type { HttpPorts } from './ports.ts';
import { reading, readSlices } from './reading.ts';
import { shared } from './share.ts';

/** What lists and the page are made of. Everybody who asks at about the same time is given the same reading. */
export interface Fleet {
  rows(): Promise<readonly SeenConnection[]>;
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

async function readRows(ports: HttpPorts): Promise<readonly SeenConnection[]> {
  const rows: SeenConnection[] = [];
  for await (const slice of readSlices(ports, ports.connections())) {
    for (const seen of slice) rows.push(seen);
  }
  return rows;
}
