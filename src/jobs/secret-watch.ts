import type { Connection } from '../domain/connection.ts';
import { sameReference } from '../domain/fleet-difference.ts';
import type { HealthRecord } from '../domain/record.ts';
import type { Reference } from '../domain/reference.ts';
import type { FoundKey, ProbePorts } from './probe.ts';
import { slices } from './slices.ts';
import { type StampOf, usesOneOf, WatchedFiles } from './watched-files.ts';

export interface SecretWatchPorts {
  /** Those of the config in force; the same list as long as it is in force. */
  readonly connections: () => readonly Connection[];
  readonly stampOf: StampOf;
  /** Throws when there is no value. */
  readonly find: (reference: Reference, fresh: boolean) => Promise<FoundKey>;
  readonly fingerprint: ProbePorts['fingerprint'];
  readonly readMany: (ids: readonly string[]) => Promise<readonly (HealthRecord | null)[]>;
  /** Has connections of a gateway checked now, with their keys read anew. */
  readonly check: (gateway: string, ids: readonly string[]) => Promise<void>;
}

/** So often is a check ordered, until the record knows the new keys: another process may not have read the config yet. */
const MOST_ORDERS = 5;
const SLICE = 200;
/**
 * Files and keys that one look takes up, so that looking costs a large fleet no more than a small one: 100,000 files are
 * gone through in a minute. Whatever is refused meanwhile is read again at once by its check.
 */
const MOST_FILES = 5_000;
const MOST_KEYS = 1_000;

/**
 * Notices keys that were replaced where the config refers to: files by their stamps, what stands in the config itself by
 * comparing it with the one before. Whatever has changed is read, and checked at once when it is another secret than the
 * one that was checked last. A touched file, or one that Kubernetes replaces with an equal one, causes no check.
 */
export class SecretWatch {
  readonly #ports: SecretWatchPorts;
  #connections: readonly Connection[] | null = null;
  readonly #files: WatchedFiles;
  /** Connections whose keys may have changed, and how many orders are left for each. */
  readonly #open = new Map<string, number>();

  constructor(ports: SecretWatchPorts) {
    this.#ports = ports;
    this.#files = new WatchedFiles(ports.stampOf);
  }

  /** The first look reads all files, to catch up with what was replaced while nobody looked. */
  async look(): Promise<void> {
    this.#followConfig();
    await this.#followFiles();
    if (this.#open.size === 0) return;
    const { connections } = this.#ports;
    const open = connections().filter(({ id }) => this.#open.has(id));
    for (const slice of slices(open.slice(0, MOST_KEYS), SLICE)) await this.#settle(slice);
    if (open.length < this.#open.size) this.#forgetAllBut(new Set(open.map(({ id }) => id)));
  }

  /** Another process looks from now on. */
  forget(): void {
    this.#connections = null;
    this.#files.forget();
    this.#open.clear();
  }

  #followConfig(): void {
    const connections = this.#ports.connections();
    if (connections === this.#connections) return;
    const before = new Map(this.#connections?.map((connection) => [connection.id, connection]));
    for (const connection of connections) {
      if (!connection.enabled) continue;
      const old = before.get(connection.id);
      // One that is new, or enabled anew, is checked soon in any case.
      const changed =
        this.#connections === null ? isCheap(connection) : old?.enabled && !sameKeys(old, connection);
      if (changed) this.#open.set(connection.id, MOST_ORDERS);
    }
    this.#connections = connections;
    this.#files.follow(connections);
  }

  async #followFiles(): Promise<void> {
    const changed = await this.#files.look(MOST_FILES);
    if (changed.size === 0) return;
    for (const connection of this.#connections ?? []) {
      if (connection.enabled && usesOneOf(connection, changed)) this.#open.set(connection.id, MOST_ORDERS);
    }
  }

  /** Orders a check of those whose keys are not those of their record. */
  async #settle(connections: readonly Connection[]): Promise<void> {
    const fingerprints = await Promise.all(connections.map((connection) => this.#fingerprintOf(connection)));
    const records = await this.#ports.readMany(connections.map(({ id }) => id));
    const wanted = new Map<string, string[]>();
    for (const [index, { id, gateway }] of connections.entries()) {
      const [fingerprint, record] = [fingerprints[index] ?? null, records[index] ?? null];
      const known = fingerprint !== null && fingerprint === record?.fingerprint;
      const left = (this.#open.get(id) ?? 1) - 1;
      if (known || left === 0) this.#open.delete(id);
      else this.#open.set(id, left);
      // The first check of all is on its way.
      if (known || fingerprint === null || record === null || record.lastCheckAt === null) continue;
      wanted.set(gateway, [...(wanted.get(gateway) ?? []), id]);
    }
    for (const [gateway, ids] of wanted) await this.#ports.check(gateway, ids);
  }

  /** Of the keys as they are now; null when their source does not give them. */
  async #fingerprintOf({ id, gateway, clientId, clientSecret }: Connection): Promise<string | null> {
    const { find, fingerprint } = this.#ports;
    const fresh = this.#open.get(id) === MOST_ORDERS;
    try {
      const [name, secret] = await Promise.all([find(clientId, fresh), find(clientSecret, fresh)]);
      if (name.stale || secret.stale) return null;
      return fingerprint(gateway, name.secret, secret.secret);
    } catch {
      // The next check says what is wrong with the source.
      return null;
    }
  }

  #forgetAllBut(ids: ReadonlySet<string>): void {
    for (const id of this.#open.keys()) if (!ids.has(id)) this.#open.delete(id);
  }
}

function sameKeys(a: Connection, b: Connection): boolean {
  return sameReference(a.clientId, b.clientId) && sameReference(a.clientSecret, b.clientSecret);
}

/** Whether a look costs no more than a file or two; a command is run for a check, and not before. */
function isCheap({ clientId, clientSecret }: Connection): boolean {
  const kinds = [clientId.kind, clientSecret.kind];
  return kinds.includes('file') && !kinds.includes('exec');
}
