import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A fleet to be written as people keep theirs: all in one file, or in many that the main file includes. */
export interface FleetShape {
  readonly name: string;
  readonly connections: number;
  readonly files: number;
  readonly format: 'yaml' | 'ndjson';
  readonly interval: string;
}

export interface FleetFiles {
  readonly main: string;
  readonly files: readonly string[];
}

/** Writes the fleet with a secret file for each connection, all of them under one gateway. */
export async function writeFleet(folder: string, shape: FleetShape, gateway: string): Promise<FleetFiles> {
  const { connections, files: count, format, interval } = shape;
  await mkdir(join(folder, 'secrets'), { recursive: true });
  for (let index = 0; index < connections; index += 1) {
    await writeFile(join(folder, 'secrets', `acme-${index}`), `secret-of-${index}\n`, { mode: 0o600 });
  }
  const files = Array.from({ length: count }, (_, index) => join(folder, `fleet-${index}.${format}`));
  for (const [number, file] of files.entries()) {
    const items: string[] = [];
    for (let index = number; index < connections; index += count) items.push(itemOf(index, format));
    await writeFile(file, `${format === 'yaml' ? 'connections:\n' : ''}${items.join('')}`, { mode: 0o600 });
  }
  const main = join(folder, 'tenants.yaml');
  await writeFile(
    main,
    `version: 1
checks: { interval: ${interval}, maxPerSecond: 1000 }
defaults: { baseUrl: "${gateway}" }
include: ["fleet-*.${format}"]
`,
    { mode: 0o600 },
  );
  return { main, files };
}

/** Adds a connection at the end of a file. */
export async function addConnection(file: string, shape: FleetShape, index: number): Promise<void> {
  await appendFile(file, itemOf(index, shape.format).replace(/secrets\/acme-\d+/, 'secrets/acme-0'));
}

/** Misspells a key in the middle of each file; gives a function that mends them again. */
export async function spoil({ files }: FleetFiles): Promise<() => Promise<void>> {
  const good = new Map<string, string>();
  for (const file of files) {
    const text = await readFile(file, 'utf8');
    good.set(file, text);
    const place = text.indexOf('tenant', Math.floor(text.length / 2));
    await writeFile(file, `${text.slice(0, place)}tennant${text.slice(place + 'tenant'.length)}`);
  }
  return async () => {
    for (const [file, text] of good) await writeFile(file, text);
  };
}

function itemOf(index: number, format: FleetShape['format']): string {
  const id = `acme-${index}`;
  if (format === 'ndjson') {
    const item = {
      id,
      tenant: `Acme ${index} Ltd`,
      clientId: `client-${index}`,
      clientSecret: { file: `secrets/${id}` },
      labels: { tier: 'gold' },
    };
    return `${JSON.stringify(item)}\n`;
  }
  return `  - id: ${id}
    tenant: Acme ${index} Ltd # since ${2010 + (index % 15)}
    clientId: client-${index}
    clientSecret: { file: secrets/${id} } # rotated each spring
    labels: { tier: gold } # until the contract ends
`;
}
