import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Fleet {
  readonly connections: number;
  /** As in the config: `60s`. */
  readonly interval: string;
  readonly timeout: string;
  /** Origins; connections take turns among them. */
  readonly gateways: readonly string[];
  /** Where each connection's secret stands: in a file of its own, or in the NDJSON itself. */
  readonly secrets: 'files' | 'inline';
}

export interface FleetFiles {
  readonly main: string;
  readonly ndjson: string;
}

/** Files that are written at a time. */
const AT_A_TIME = 200;

/** Writes the config of a fleet, whose connections stand in one NDJSON file. */
export async function writeFleet(folder: string, name: string, fleet: Fleet): Promise<FleetFiles> {
  const { connections, interval, timeout, secrets } = fleet;
  const own = join(folder, name);
  await mkdir(own, { recursive: true });
  if (secrets === 'files') await writeSecrets(join(folder, 'secrets'), connections);
  const ndjson = join(own, 'fleet.ndjson');
  const lines = Array.from({ length: connections }, (_, index) => lineOf(fleet, index));
  await writeFile(ndjson, lines.join(''), { mode: 0o600 });
  const main = join(own, 'tenants.yaml');
  await writeFile(
    main,
    `version: 1
checks: { interval: ${interval}, timeout: ${timeout}, maxPerSecond: 100000 }
include: ["fleet.ndjson"]
connections: []
`,
    { mode: 0o600 },
  );
  return { main, ndjson };
}

export function lineOf(fleet: Fleet, index: number, more: Readonly<Record<string, unknown>> = {}): string {
  const id = `acme-${index}`;
  const item = {
    id,
    tenant: `Acme ${index} Ltd`,
    baseUrl: fleet.gateways[index % fleet.gateways.length],
    clientId: `client-${index}`,
    clientSecret: fleet.secrets === 'files' ? { file: `../secrets/${id}` } : `secret-of-${index}`,
    labels: { tier: 'gold', owner: 'soc-a' },
    ...more,
  };
  return `${JSON.stringify(item)}\n`;
}

/** Once for all fleets of a folder: writing 100,000 files takes longer than most measurements. */
async function writeSecrets(folder: string, count: number): Promise<void> {
  if (existsSync(join(folder, `acme-${count - 1}`))) return;
  await mkdir(folder, { recursive: true });
  for (let first = 0; first < count; first += AT_A_TIME) {
    const indices = Array.from({ length: Math.min(AT_A_TIME, count - first) }, (_, more) => first + more);
    await Promise.all(
      indices.map((index) => writeFile(join(folder, `acme-${index}`), `secret-of-${index}`, { mode: 0o600 })),
    );
  }
}
