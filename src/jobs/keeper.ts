import type { Decision } from '../domain/decide.ts';
import type { MonitorEvent } from '../domain/event.ts';
import { type Decided, Decider, type DeciderPorts } from './decider.ts';
import { Office, type OfficePorts } from './office.ts';
import type { ReconcileSummary } from './reconcile.ts';

export interface KeeperPorts extends DeciderPorts {
  readonly lease: OfficePorts['lease'];
  readonly reconcile: (now: number) => Promise<ReconcileSummary>;
  /** Has the other connections of a customer checked when one was refused: they may have gone with it. */
  readonly checkSiblings: (events: readonly MonitorEvent[]) => Promise<void>;
  /** Has them checked once more where that is due, whether or not anything has happened. */
  readonly checkSiblingsAgain: () => Promise<void>;
  /** Has whole gateways checked; does not wait for it, and never throws. */
  readonly checkGateways: (gateways: readonly string[]) => void;
  readonly wakeChannel: (channel: string, incident: string) => Promise<void>;
  /** Wakes what was left asleep: re-checks and messages whose job was lost. */
  readonly sweep: (now: number) => Promise<void>;
  readonly decided: (decision: Decision) => void;
  readonly reconciled: (summary: ReconcileSummary) => void;
  readonly becameKeeper: (isKeeper: boolean) => void;
  readonly failed: (error: unknown) => void;
}

const TICK_MS = 500;
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
  readonly #office: Office;
  readonly #decider: Decider;
  #reconciled = false;
  #turnedAt = Number.NEGATIVE_INFINITY;
  #reconciledAt = Number.NEGATIVE_INFINITY;
  #sweptAt = Number.NEGATIVE_INFINITY;
  #stopping = false;
  #loop: Promise<void> | null = null;
  #wake: (() => void) | null = null;

  constructor(ports: KeeperPorts) {
    this.#ports = ports;
    const { lease, failed } = ports;
    this.#office = new Office({ lease, failed, changed: (isHeld) => this.#officeChanged(isHeld) });
    this.#decider = new Decider(ports);
  }

  get isKeeper(): boolean {
    return this.#office.isHeld;
  }

  /** True once this process, as the keeper, has made the schedules fit its config. */
  get hasReconciled(): boolean {
    return this.isKeeper && this.#reconciled;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Has the schedules reconciled and the fleet looked at in the next turn, and that turn taken now. */
  configChanged(): void {
    this.#decider.lookAnew();
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
    this.wake();
    await this.#loop;
    await this.#office.leave();
  }

  async #run(): Promise<void> {
    await this.#office.enter();
    while (!this.#stopping) {
      if (this.isKeeper) await this.#turn();
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

  #officeChanged(isHeld: boolean): void {
    this.#reconciled = false;
    this.#reconciledAt = Number.NEGATIVE_INFINITY;
    // Another keeper may have written since.
    this.#decider.forget();
    this.#decider.lookAnew();
    this.#ports.becameKeeper(isHeld);
  }

  async #turn(): Promise<void> {
    const now = this.#ports.now();
    if (now < this.#turnedAt) this.#clockWasSetBack();
    this.#turnedAt = now;
    try {
      if (now - this.#reconciledAt >= RECONCILE_EVERY_MS) await this.#reconcile(now);
      while (!this.#stopping && (await this.#decideOnce())) {
        // Until the list is empty.
      }
      await this.#ports.checkSiblingsAgain();
      if (now - this.#sweptAt >= SWEEP_EVERY_MS) {
        this.#sweptAt = now;
        await this.#ports.sweep(now);
      }
    } catch (error) {
      // Whether a commit that failed was made is not known.
      this.#decider.forget();
      if (isLeaseLost(error)) this.#office.lose();
      else this.#ports.failed(error);
    }
  }

  /** Nothing waits until the clock has caught up. */
  #clockWasSetBack(): void {
    this.#reconciledAt = Number.NEGATIVE_INFINITY;
    this.#sweptAt = Number.NEGATIVE_INFINITY;
    this.#decider.lookAnew();
  }

  async #reconcile(now: number): Promise<void> {
    const { term } = this.#office;
    const retryAt = now - RECONCILE_EVERY_MS + RECONCILE_RETRY_MS;
    // Set first: a change that arrives during the pass asks for another one, and a failure for an early one.
    this.#reconciledAt = retryAt;
    const summary = await this.#ports.reconcile(now);
    if (this.#reconciledAt === retryAt) this.#reconciledAt = now;
    if (term === this.#office.term) this.#reconciled = true;
    this.#ports.reconciled(summary);
  }

  /** Decides once and has it carried out; resolves with whether there may be more to decide at once. */
  async #decideOnce(): Promise<boolean> {
    const { term } = this.#office;
    const decided = await this.#decider.decide(() => term === this.#office.term);
    if (decided === null) return false;
    await this.#carryOut(decided);
    return decided.events.length > 0;
  }

  async #carryOut({ decision, events }: Decided): Promise<void> {
    this.#ports.decided(decision);
    for (const { notification, channels } of decision.notifications) {
      for (const channel of channels) await this.#ports.wakeChannel(channel, notification.incident);
    }
    this.#ports.checkGateways(decision.askAll);
    await this.#ports.checkSiblings(events);
  }
}

function isLeaseLost(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'lease_lost';
}
