import { type DecidePolicy, type Decision, decide } from '../domain/decide.ts';
import type { MonitorEvent } from '../domain/event.ts';
import { type Incident, isOver } from '../domain/incident.ts';
import type { MonitorHealth } from '../domain/incident-health.ts';
import { serialAfter } from '../domain/incident-id.ts';
import type { Ladder } from '../domain/ladder.ts';
import type { Silence } from '../domain/silence.ts';
import { isCalm, type Survey } from '../domain/survey.ts';

export interface DeciderPorts {
  readonly now: () => number;
  /** Unresolved incidents, and those of whose end somebody has yet to be told. */
  readonly incidents: () => Promise<Incident[]>;
  readonly ladders: () => Promise<ReadonlyMap<string, Ladder>>;
  readonly silences: () => Promise<readonly Silence[]>;
  readonly events: (most: number) => Promise<MonitorEvent[]>;
  /** A look at the whole fleet; `watched` are the connections whose standing is asked for. */
  readonly survey: (watched: ReadonlySet<string>) => Promise<Survey>;
  /** How many checks have got no usable answer so far; only whether it has changed has a meaning. */
  readonly unusableAnswers: () => Promise<number>;
  readonly health: () => Promise<MonitorHealth>;
  /** The gateways' standing is only looked up for events that need it. */
  readonly policyFor: (events: readonly MonitorEvent[]) => Promise<DecidePolicy>;
  /** Fenced: all of it or nothing; throws with code `lease_lost` when another process is the keeper now. */
  readonly commit: (decision: Decision, eventCount: number, now: number) => Promise<void>;
}

/** A decision that is written down, and the events that led to it. */
export interface Decided {
  readonly decision: Decision;
  readonly events: readonly MonitorEvent[];
}

/** How many events are decided on at once: what is committed together is sent together. */
const MOST_EVENTS = 500;
const LOOK_EVERY_MS = 5_000;
/** The fleet itself is looked at so seldom while nothing that a look could find has happened since the last one. */
const CALM_FOR_MS = 60_000;
/** Looking at a very large fleet takes a while; it may not take more than this part of the time. */
const LOOK_SHARE = 0.02;

/** What was written down last, so that it has not to be read at every turn. */
interface Known {
  readonly incidents: readonly Incident[];
  readonly ladders: ReadonlyMap<string, Ladder>;
}

/** Gathers what `decide` needs when there is something to decide, and writes down what it decides. */
export class Decider {
  readonly #ports: DeciderPorts;
  #known: Known | null = null;
  #lookAt = Number.NEGATIVE_INFINITY;
  #lastSurvey: Survey | null = null;
  /** Until when the fleet need not be looked at, as long as the count stays what it is. */
  #calm: { readonly until: number; readonly unusableAnswers: number } | null = null;
  #serial = Number.NEGATIVE_INFINITY;
  /** When there may be something to say although nothing happens. */
  #nextAt: number | null = null;

  constructor(ports: DeciderPorts) {
    this.#ports = ports;
  }

  /** Reads again what is written: it may not be what was written here last. */
  forget(): void {
    this.#known = null;
  }

  /** Looks at the fleet at the next decision, which is made then whether or not anything happens. */
  lookAnew(): void {
    this.#calm = null;
    this.#lookAt = Number.NEGATIVE_INFINITY;
  }

  /**
   * Decides once; resolves with null when there is nothing to decide, and when `isStillInOffice` turns false meanwhile:
   * between two terms another keeper may have decided on these very events.
   */
  async decide(isStillInOffice: () => boolean): Promise<Decided | null> {
    const events = await this.#ports.events(MOST_EVENTS);
    const begun = this.#ports.now();
    const look = begun >= this.#lookAt;
    if (events.length === 0 && !look && (this.#nextAt === null || this.#nextAt > begun)) return null;
    const known = this.#known ?? {
      incidents: await this.#ports.incidents(),
      ladders: await this.#ports.ladders(),
    };
    const silences = await this.#ports.silences();
    // Counted before: what happens during the look is looked at in the next one.
    const unusableAnswers = look ? await this.#ports.unusableAnswers() : 0;
    if (events.length > 0 || !this.#isCalm(begun, unusableAnswers)) this.#calm = null;
    const survey = look && this.#calm === null ? await this.#ports.survey(watchedBy(known.incidents)) : null;
    const health = look ? await this.#ports.health() : null;
    const policy = await this.#ports.policyFor(events);
    if (!isStillInOffice()) return null;
    const now = this.#ports.now();
    // Counted on at once: a commit that seemed to fail may have been made.
    const serial = serialAfter(this.#serial, now);
    this.#serial = serial;
    const situation = { ...known, events, silences, survey, lastSurvey: this.#lastSurvey, health, serial };
    const decision = decide(situation, policy, now);
    if (isWorthWriting(decision, events)) await this.#ports.commit(decision, events.length, now);
    if (!isStillInOffice()) return { decision, events };
    this.#remember(known, decision);
    if (look) this.#rest(survey, unusableAnswers, begun, now);
    if (decision.wantsSurvey) {
      this.#lookAt = now;
      this.#calm = null;
    }
    return { decision, events };
  }

  #remember(known: Known, decision: Decision): void {
    this.#known = after(known, decision);
    this.#nextAt = decision.nextAt;
  }

  /** Until the next look. */
  #rest(survey: Survey | null, unusableAnswers: number, begun: number, now: number): void {
    this.#lookAt = now + LOOK_EVERY_MS;
    if (survey === null) return;
    this.#lastSurvey = survey;
    this.#lookAt = now + Math.max(LOOK_EVERY_MS, (now - begun) / LOOK_SHARE);
    if (isCalm(survey)) this.#calm = { until: begun + CALM_FOR_MS, unusableAnswers };
  }

  #isCalm(now: number, unusableAnswers: number): boolean {
    return this.#calm !== null && now < this.#calm.until && unusableAnswers === this.#calm.unusableAnswers;
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
