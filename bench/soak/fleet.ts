import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { SoakOptions } from './options.ts';

/** So many of the connections come and go; fewer than a reload refuses to remove. */
const SPARES = 5;

export interface Member {
  readonly id: string;
  readonly intervalMs: number;
}

/** The config of the monitor as files: the fleet as NDJSON, a secret file for each, and a file of those who come and go. */
export class FleetFiles {
  readonly members: readonly Member[];
  readonly spares: readonly Member[];
  readonly folder: string;
  readonly #byId: ReadonlyMap<string, Member>;
  #present: ReadonlySet<string>;

  private constructor(folder: string, members: readonly Member[]) {
    this.folder = folder;
    this.members = members.slice(SPARES);
    this.spares = members.slice(0, SPARES);
    this.#byId = new Map(members.map((member) => [member.id, member]));
    this.#present = new Set(this.#byId.keys());
  }

  static async write(
    options: SoakOptions,
    gateway: string,
    receiver: string,
    redisSocket: string,
  ): Promise<FleetFiles> {
    const { connections, intervalsMs } = options;
    const folder = await mkdtemp(join(tmpdir(), 'mcm-soak-'));
    const members = Array.from({ length: connections }, (_, index) => ({
      id: `acme-${index}`,
      intervalMs: intervalsMs[index % intervalsMs.length] ?? 60_000,
    }));
    const files = new FleetFiles(folder, members);
    await mkdir(join(folder, 'secrets'));
    for (const { id } of members) await files.writeSecret(id, firstSecretOf(id));
    await files.#put('fleet.ndjson', linesOf(files.members));
    await files.#put('spares.ndjson', linesOf(files.spares));
    await files.#put('hook', receiver);
    await files.#put('tenants.yaml', stringify(configOf(options, gateway, redisSocket)));
    return files;
  }

  get path(): string {
    return join(this.folder, 'tenants.yaml');
  }

  /** Those of the config as it stands now. */
  present(): readonly Member[] {
    return [...this.spares, ...this.members].filter(({ id }) => this.#present.has(id));
  }

  isPresent(id: string): boolean {
    return this.#present.has(id);
  }

  intervalOf(id: string): number {
    const member = this.#byId.get(id);
    if (!member) throw new RangeError(`there is no connection ${id}`);
    return member.intervalMs;
  }

  /** Leaves just these of the spares in the config. */
  async keepSpares(ids: ReadonlySet<string>): Promise<void> {
    const kept = this.spares.filter(({ id }) => ids.has(id));
    this.#present = new Set([...this.members, ...kept].map(({ id }) => id));
    await this.#put('spares.ndjson', linesOf(kept));
  }

  writeSecret(id: string, secret: string): Promise<void> {
    return this.#put(join('secrets', id), `${secret}\n`);
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  /** Moved into place: nobody sees a half-written file. */
  async #put(name: string, text: string): Promise<void> {
    const path = join(this.folder, name);
    await writeFile(`${path}.new`, text, { mode: 0o600 });
    await rename(`${path}.new`, path);
  }
}

export function firstSecretOf(id: string): string {
  return `first-secret-of-${id}`;
}

function linesOf(members: readonly Member[]): string {
  return members
    .map(({ id, intervalMs }) => ({
      id,
      tenant: `Tenant of ${id}`,
      clientId: id,
      clientSecret: { file: `secrets/${id}` },
      interval: `${intervalMs / 1_000}s`,
    }))
    .map((item) => `${JSON.stringify(item)}\n`)
    .join('');
}

function configOf(options: SoakOptions, gateway: string, redisSocket: string): object {
  const { confirmations, confirmDelayMs, timeoutMs } = options;
  return {
    version: 1,
    checks: {
      timeout: `${timeoutMs}ms`,
      confirmations,
      confirmDelay: `${confirmDelayMs}ms`,
      maxPerSecond: 2_000,
    },
    alerts: {
      channels: { soc: { type: 'webhook', url: { file: 'hook' } } },
      // Masses are told of as one; here each key is to be told of.
      massRejection: { atLeast: 1_000 },
    },
    redis: { url: `unix://${redisSocket}` },
    defaults: { baseUrl: gateway },
    include: ['fleet.ndjson', 'spares.ndjson'],
  };
}
