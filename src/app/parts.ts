import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { HttpClient } from '../alerts/http-client.ts';
import type { CurrentConfig } from '../config/current-config.ts';
import type { SecretResolver } from '../config/secrets/resolver.ts';
import type { ProcessMetrics } from '../metrics/process-metrics.ts';
import type { Exchanger } from '../mimecast/exchange.ts';
import type { Prober } from '../mimecast/prober.ts';
import type { FleetStore } from '../store/fleet.ts';
import type { IdentityHolder } from '../store/identity.ts';
import type { IncidentStore } from '../store/incidents.ts';
import type { Lease } from '../store/lease.ts';
import type { Outbox } from '../store/outbox.ts';
import type { Processes } from '../store/processes.ts';
import type { RateLimits } from '../store/rate-limits.ts';
import type { Records } from '../store/records.ts';
import type { SilenceStore } from '../store/silences.ts';
import type { BullBase } from '../workers/bull-options.ts';
import type { CheckQueues } from '../workers/check-queues.ts';
import type { NotifyQueues } from '../workers/notify-queues.ts';

/** Everything the wiring of one process hands around. */
export interface Parts {
  readonly logger: Logger;
  /** Logs a fault of the monitor itself; one that goes on is told once in a while. */
  readonly fault: (sentence: string, error: unknown) => void;
  /** Random; tells this process from all others on its Redis. */
  readonly processId: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly random: () => number;
  readonly config: CurrentConfig;
  readonly redis: Redis;
  /** What queues and workers are built on. */
  readonly bull: BullBase;
  readonly identity: IdentityHolder;
  readonly records: Records;
  readonly fleet: FleetStore;
  readonly incidents: IncidentStore;
  readonly outbox: Outbox;
  readonly silences: SilenceStore;
  readonly rateLimits: RateLimits;
  readonly processes: Processes;
  readonly lease: Lease;
  readonly checkQueues: CheckQueues;
  readonly notifyQueues: NotifyQueues;
  readonly exchanger: Exchanger;
  readonly prober: Prober;
  /** What the channels of alerts send through. */
  readonly alertsHttp: HttpClient;
  readonly secrets: SecretResolver;
  readonly metrics: ProcessMetrics;
}
