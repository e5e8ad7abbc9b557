import type { Connection } from '../domain/connection.ts';
import type { ChannelDelivery } from '../domain/delivery.ts';
import type { StateEvent } from '../domain/event.ts';
import type { Incident } from '../domain/incident.ts';
import type { HealthRecord } from '../domain/record.ts';
import type { Silence } from '../domain/silence.ts';
import type { HealthSummary } from '../domain/summary.ts';

/** What every process can tell about itself. */
export interface ProcessPorts {
  readiness(): Promise<Readiness>;
  /** The body of `/metrics`, a piece at a time. */
  renderMetrics(): AsyncIterable<string>;
}

/** What the HTTP side of an `all` process stands on. */
export interface HttpPorts extends ProcessPorts {
  connections(): readonly Connection[];
  findConnection(id: string): Connection | undefined;
  readonly records: {
    read(id: string): Promise<HealthRecord | null>;
    readSummaries(ids: readonly string[]): Promise<readonly (HealthSummary | null)[]>;
    /** Newest first. */
    history(id: string): Promise<readonly StateEvent[]>;
  };
  readonly incidents: {
    open(): Promise<readonly Incident[]>;
    /** Resolved ones, latest end first. */
    past(most: number): Promise<readonly Incident[]>;
    /** What became of the messages of these, by their ids; those without any are left out. */
    deliveries(ids: readonly string[]): Promise<ReadonlyMap<string, readonly ChannelDelivery[]>>;
  };
  readonly silences: {
    list(): Promise<readonly Silence[]>;
    /** Writes it down under an id of its own, as of now. */
    add(draft: Omit<Silence, 'id' | 'createdAt'>): Promise<Silence>;
    /** False when there is none of this id. */
    remove(id: string): Promise<boolean>;
  };
  /** Epoch milliseconds. */
  now(): number;
  checkNow(id: string): Promise<'queued' | 'unknown' | 'disabled'>;
  reload(allowRemovals: boolean): Promise<ReloadOutcome>;
}

/** True where a process is ready for its work. */
export interface Readiness {
  readonly redis: boolean;
  readonly config: boolean;
  readonly schedules: boolean;
}

export type ReloadOutcome =
  | {
      readonly kind: 'reloaded';
      readonly added: number;
      readonly removed: number;
      readonly changed: number;
      readonly unchanged: number;
      readonly warnings: readonly string[];
    }
  | { readonly kind: 'rejected'; readonly issues: readonly string[] };
