import { type DecidePolicy, type Decision, decide } from '../domain/decide.ts';
import type { MonitorEvent } from '../domain/event.ts';
import { type Incident, isOver } from '../domain/incident.ts';
import type { MonitorHealth } from '../domain/incident-health.ts';
import type { Ladder } from '../domain/ladder.ts';
import type { Silence } from '../domain/silence.ts';
import type { Survey } from '../domain/survey.ts';
import type { ReconcileSummary } from './reconcile.ts';

export interface KeeperPorts {
  readonly now: () => number;
  readonly lease: {
    acquire(): Promise<{ held: boolean; gained: boolean }>;
    release(): Promise<void>;
  };
  readonly reconcile: (now: number) => Promise<ReconcileSummary>;
  /** Unresolved incidents, and those of whose end somebody has yet to be told. */
  readonly incidents: () => Promise<Incident[]>;
  readonly ladders: () => Promise<ReadonlyMap<string, Ladder>>;
  readonly silences: () => Promise<readonly Silence[]>;
  readonly events: (most: number) => Promise<MonitorEvent[]>;
  /** A look at the whole fleet; `watched` are the connections whose standing is asked for. */
  readonly survey: (watched: ReadonlySet<string>) => Promise<Survey>;
  readonly health: () => Promise<MonitorHealth>;
  /** Has the other connections of a customer checked when one was refused: they may have gone with it. */
  readonly checkSiblings: (events: readonly MonitorEvent[]) => Promise<void>;
  /** Has them checked once more where that is due, whether or not anything has happened. */
  readonly checkSiblingsAgain: () => Promise<void>;
  readonly checkGateways: (gateways: readonly string[]) => Promise<void>;
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
const LOOK_EVERY_MS = 5_000;
/** Looking at a very large fleet takes a while; it may not take more than this part of the time. */
const LOOK_SHARE = 0.05;

/** What was written down last, so that it has not to be read at every turn. */
interface Known {
  readonly incidents: readonly Incident[];
  readonly ladders: ReadonlyMap<string, Ladder>;
}

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
  #known: Known | null = null;
  #lookAt = Number.NEGATIVE_INFINITY;
  #lastSurvey: Survey | null = null;
  #turnedAt = Number.NEGATIVE_INFINITY;
  /** When there may be something to say although nothing happens. */
  #nextAt: number | null = null;
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
    this.#known = null;
    this.#lookAt = Number.NEGATIVE_INFINITY;
    this.#nextAt = null;
    this.#reconciledAt = Number.NEGATIVE_INFINITY;
    this.#ports.becameKeeper(held);
  }

  /** After a clock was set back, nothing waits until it has caught up. */
  #forgetTimes(): void {
    this.#reconciledAt = Number.NEGATIVE_INFINITY;
    this.#sweptAt = Number.NEGATIVE_INFINITY;
    this.#lookAt = Number.NEGATIVE_INFINITY;
    this.#nextAt = Number.NEGATIVE_INFINITY;
  }

  async #turn(): Promise<void> {
    const now = this.#ports.now();
    if (now < this.#turnedAt) this.#forgetTimes();
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
      this.#known = null;
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

  /** Decides once; resolves with whether there may be more to decide at once. */
  async #decideOnce(): Promise<boolean> {
    const term = this.#term;
    const events = await this.#ports.events(MOST_EVENTS);
    const begun = this.#ports.now();
    const look = begun >= this.#lookAt;
    if (events.length === 0 && !look && (this.#nextAt === null || this.#nextAt > begun)) return false;
    const known = this.#known ?? {
      incidents: await this.#ports.incidents(),
      ladders: await this.#ports.ladders(),
    };
    const silences = await this.#ports.silences();
    const survey = look ? await this.#ports.survey(watchedBy(known.incidents)) : null;
    const health = look ? await this.#ports.health() : null;
    const policy = await this.#ports.policyFor(events);
    // Between two terms another keeper may have decided on these very events.
    if (term !== this.#term) return false;
    const now = this.#ports.now();
    const situation = { ...known, events, silences, survey, lastSurvey: this.#lastSurvey, health };
    const decision = decide(situation, policy, now);
    if (isWorthWriting(decision, events)) await this.#ports.commit(decision, events.length, now);
    if (term === this.#term) this.#remember(known, decision, survey, begun, now);
    this.#ports.decided(decision);
    for (const { notification, channels } of decision.notifications) {
      for (const channel of channels) await this.#ports.wakeChannel(channel, notification.incident);
    }
    await this.#ports.checkSiblings(events);
    await this.#ports.checkGateways(decision.askAll);
    return events.length > 0;
  }

  #remember(known: Known, decision: Decision, survey: Survey | null, begun: number, now: number): void {
    this.#known = after(known, decision);
    this.#nextAt = decision.nextAt;
    if (survey) {
      this.#lastSurvey = survey;
      this.#lookAt = now + Math.max(LOOK_EVERY_MS, (now - begun) / LOOK_SHARE);
    }
    if (decision.wantsSurvey) this.#lookAt = now;
  }
}

/** The connections whose standing decides how a mass rejection goes on. */
function watchedBy(incidents: readonly Incident[]): ReadonlySet<string> {
  return new Set(incidents.flatMap(({ kind, members }) => (kind === 'mass_rejection' ? members : [])));
}

function isWorthWriting(decision: Decision, events: readonly MonitorEvent[]): boolean {
  return (
    events.length > 0 ||
    decision.incidents.length > 0 ||
    decision.ladders.size > 0 ||
    decision.notifications.length > 0
  );
}

function after(known: Known, { incidents, ladders }: Decision): Known {
  const changed = new Map(incidents.map((incident) => [incident.id, incident]));
  const kept = known.incidents.filter(({ id }) => !changed.has(id));
  return {
    incidents: [...kept, ...[...changed.values()].filter((incident) => !isOver(incident))],
    ladders: ladders.size === 0 ? known.ladders : changedLadders(known.ladders, ladders),
  };
}

function changedLadders(
  before: ReadonlyMap<string, Ladder>,
  changes: Decision['ladders'],
): ReadonlyMap<string, Ladder> {
  const ladders = new Map(before);
  for (const [id, ladder] of changes) {
    if (ladder === null) ladders.delete(id);
    else ladders.set(id, ladder);
  }
  return ladders;
}

function isLeaseLost(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'lease_lost';
}
