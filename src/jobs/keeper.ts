import { type DecidePolicy, type Decision, decide } from '../domain/decide.ts';
import type { MonitorEvent } from '../domain/event.ts';
import type { Incident } from '../domain/incident.ts';
import type { ReconcileSummary } from './reconcile.ts';

export interface KeeperPorts {
  readonly now: () => number;
  readonly lease: {
    acquire(): Promise<{ held: boolean; gained: boolean }>;
    release(): Promise<void>;
  };
  readonly reconcile: (now: number) => Promise<ReconcileSummary>;
  readonly openIncidents: () => Promise<Incident[]>;
  readonly events: (most: number) => Promise<MonitorEvent[]>;
  /** What the running processes find wrong with their config; null when nothing. */
  readonly configRefusal: () => Promise<string | null>;
  /** The gateways' standing is only looked up for events that need it. */
  readonly policyFor: (events: readonly MonitorEvent[]) => Promise<DecidePolicy>;
  /** Fenced: all of it or nothing; throws with code `lease_lost` when another process is the keeper now. */
  readonly commit: (decision: Decision, eventCount: number, now: number) => Promise<void>;
  readonly wakeChannel: (channel: string, incident: string) => Promise<void>;
  /** Wakes what was left asleep: re-checks and messages whose job was lost. */
  readonly sweep: (now: number) => Promise<void>;
  readonly decided: (decision: Decision) => void;
  readonly reconciled: (summary: ReconcileSummary) => void;
  readonly becameKeeper: (isKeeper: boolean) => void;
  readonly failed: (error: unknown) => void;
}

/** How many events are decided on at once: what is committed together is sent together. */
const MOST_EVENTS = 500;
const TICK_MS = 500;
const RENEW_MS = 1_500;
const RECONCILE_EVERY_MS = 60_000;
/** A pass that failed is made good soon, but not at every tick, where it would crowd out the decisions. */
const RECONCILE_RETRY_MS = 5_000;
const SWEEP_EVERY_MS = 5_000;

/**
 * The one process that turns what happened into incidents and messages, and keeps the schedules fitting the config.
 * Every process of role `all` runs one of these; the lease decides which of them works.
 */
export class Keeper {
  readonly #ports: KeeperPorts;
  #held = false;
  #renewing = false;
  /** Counts the times the lease was won or lost: what was read in one term must not be written in the next. */
  #term = 0;
  #reconciled = false;
  #open: Incident[] | null = null;
  #reconciledAt = Number.NEGATIVE_INFINITY;
  #sweptAt = Number.NEGATIVE_INFINITY;
  #stopping = false;
  #loop: Promise<void> | null = null;
  #renewal: NodeJS.Timeout | null = null;
  #wake: (() => void) | null = null;

  constructor(ports: KeeperPorts) {
    this.#ports = ports;
  }

  get isKeeper(): boolean {
    return this.#held;
  }

  /** True once this process, as the keeper, has made the schedules fit its config. */
  get hasReconciled(): boolean {
    return this.#held && this.#reconciled;
  }

  start(): void {
    this.#renewal = setInterval(() => void this.#renew(), RENEW_MS);
    this.#loop = this.#run();
  }

  /** Has the schedules reconciled at the next turn, and that turn taken now. */
  configChanged(): void {
    this.#reconciledAt = Number.NEGATIVE_INFINITY;
    this.wake();
  }

  /** Takes the next turn now. */
  wake(): void {
    this.#wake?.();
  }

  /** Finishes the turn under way and hands the lease over. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#renewal) clearInterval(this.#renewal);
    this.wake();
    await this.#loop;
    if (this.#held) await this.#ports.lease.release();
    this.#held = false;
  }

  async #run(): Promise<void> {
    await this.#renew();
    while (!this.#stopping) {
      if (this.#held) await this.#turn();
      await this.#pause();
    }
  }

  async #pause(): Promise<void> {
    if (this.#stopping) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, TICK_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = null;
  }

  async #renew(): Promise<void> {
    // Renewals that pile up while Redis is away would contradict each other when it is back.
    if (this.#renewing) return;
    this.#renewing = true;
    try {
      const { held, gained } = await this.#ports.lease.acquire();
      if (gained || held !== this.#held) this.#changeOffice(held);
    } catch (error) {
      this.#ports.failed(error);
    } finally {
      this.#renewing = false;
    }
  }

  #changeOffice(held: boolean): void {
    this.#held = held;
    this.#term += 1;
    this.#reconciled = false;
    // Another keeper may have written since: what was remembered is worth nothing.
    this.#open = null;
    this.#reconciledAt = Number.NEGATIVE_INFINITY;
    this.#ports.becameKeeper(held);
  }

  async #turn(): Promise<void> {
    const now = this.#ports.now();
    try {
      if (now - this.#reconciledAt >= RECONCILE_EVERY_MS) await this.#reconcile(now);
      while (!this.#stopping && (await this.#decideOnce())) {
        // Until the list is empty.
      }
      if (now - this.#sweptAt >= SWEEP_EVERY_MS) {
        this.#sweptAt = now;
        await this.#ports.sweep(now);
        await this.#lookAtConfigs(now);
      }
    } catch (error) {
      this.#open = null;
      if (isLeaseLost(error)) this.#changeOffice(false);
      else this.#ports.failed(error);
    }
  }

  async #reconcile(now: number): Promise<void> {
    const term = this.#term;
    const retryAt = now - RECONCILE_EVERY_MS + RECONCILE_RETRY_MS;
    // Set first: a change that arrives during the pass asks for another one, and a failure for an early one.
    this.#reconciledAt = retryAt;
    const summary = await this.#ports.reconcile(now);
    if (this.#reconciledAt === retryAt) this.#reconciledAt = now;
    if (term === this.#term) this.#reconciled = true;
    this.#ports.reconciled(summary);
  }

  /** Not an event that somebody has to report and take back: what holds now is seen again by any later keeper. */
  async #lookAtConfigs(now: number): Promise<void> {
    const term = this.#term;
    const refusal = await this.#ports.configRefusal();
    const open = this.#open ?? (await this.#ports.openIncidents());
    const known = open.find(({ kind }) => kind === 'config_rejected')?.detail ?? null;
    if (known === refusal) return;
    await this.#decide([{ type: 'config', at: now, refusal }], 0, term);
  }

  async #decideOnce(): Promise<boolean> {
    const term = this.#term;
    const events = await this.#ports.events(MOST_EVENTS);
    if (events.length === 0) return false;
    return this.#decide(events, events.length, term);
  }

  /** `listed` of the events stand on the list and leave it with the decision. */
  async #decide(events: readonly MonitorEvent[], listed: number, term: number): Promise<boolean> {
    const open = this.#open ?? (await this.#ports.openIncidents());
    const policy = await this.#ports.policyFor(events);
    // Between two terms another keeper may have decided on these very events.
    if (term !== this.#term) return false;
    const now = this.#ports.now();
    const decision = decide(events, open, policy, now);
    await this.#ports.commit(decision, listed, now);
    this.#open = term === this.#term ? stillOpen(open, decision.incidents) : null;
    this.#ports.decided(decision);
    for (const { notification, channels } of decision.notifications) {
      for (const channel of channels) await this.#ports.wakeChannel(channel, notification.incident);
    }
    return true;
  }
}

function stillOpen(before: readonly Incident[], changed: readonly Incident[]): Incident[] {
  const ids = new Set(changed.map(({ id }) => id));
  return [
    ...before.filter(({ id }) => !ids.has(id)),
    ...changed.filter(({ resolvedAt }) => resolvedAt === null),
  ];
}

function isLeaseLost(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'lease_lost';
}
