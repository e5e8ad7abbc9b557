import type { Incident } from '../../src/domain/incident.ts';
import { KEYS } from '../../src/store/keys.ts';
import type { MessageJudge } from './messages.ts';
import { SLACK_MS } from './options.ts';
import type { BadTime } from './truth.ts';
import type { SoakWorld } from './world.ts';

/** An exchange may have read the secret that is replaced a moment later. */
const AT_ONCE_MS = 1_000;
/** A critical page waits for company for 3 s, and for a look at the fleet that is taken every 5 s. */
const COMPANY_MS = 8_000;

/** What became of a key that stopped working. */
export interface Detected {
  readonly id: string;
  readonly tookMs: number;
}

/** What judging incidents takes. */
export interface IncidentWorld extends Pick<SoakWorld, 'truth' | 'violated' | 'options' | 'now'> {
  readonly fleet: { readonly intervalOf: (id: string) => number };
}

/** Every incident that is stored, open or past, as of one moment: one that ends meanwhile would be seen as both. */
export async function storedIncidents({ client }: SoakWorld['redis']): Promise<Incident[]> {
  const replies = await client.multi().hvals(KEYS.incidents).zrange(KEYS.pastIncidents, 0, '-1').exec();
  return (replies ?? []).flatMap(([error, texts]) => {
    if (error) throw error;
    return (texts as string[]).map((text) => JSON.parse(text) as Incident);
  });
}

/** Judges the stored incidents against the truth, and the truth against what was told. */
export class IncidentJudge {
  readonly #world: IncidentWorld;
  readonly #messages: MessageJudge;
  readonly #settled = new Set<string>();
  readonly detected: Detected[] = [];
  /** Key troubles that had to be told of in time; the others ended before. */
  required = 0;

  constructor(world: IncidentWorld, messages: MessageJudge) {
    this.#world = world;
    this.#messages = messages;
  }

  judge(incidents: readonly Incident[]): void {
    // Read after what is stored: whatever that says was told has had the time to arrive.
    this.#messages.judge();
    this.#judgeUnique(incidents);
    for (const incident of incidents) this.#judgeTrue(incident);
    this.#judgeEnds(incidents);
    this.#judgeTold();
  }

  /** Whether a key is refused of which somebody has yet to be told, and may still be told in time. */
  isAnyAwaited(): boolean {
    const { truth, now } = this.#world;
    return truth.badNow().some(({ id, from }) => {
      const isTold = this.#messages.firstTold(id, from, now()) !== null;
      return !isTold && now() <= this.deadline(id, from);
    });
  }

  /** How long a refusal, or its end, takes to be known and told, the interval included. */
  boundOf(id: string): number {
    const { confirmations, confirmDelayMs } = this.#world.options;
    return this.#world.fleet.intervalOf(id) + (confirmations - 1) * confirmDelayMs + COMPANY_MS + SLACK_MS;
  }

  deadline(id: string, from: number): number {
    const { truth, fleet } = this.#world;
    return truth.deadline(id, from, this.boundOf(id), fleet.intervalOf(id));
  }

  #judgeUnique(incidents: readonly Incident[]): void {
    const { violated } = this.#world;
    const ids = new Set<string>();
    const byTrouble = new Map<string, Incident[]>();
    for (const incident of incidents) {
      if (ids.has(incident.id)) violated(`incident ${incident.id} is stored twice`);
      ids.add(incident.id);
      const about = incident.connection?.id ?? (incident.subject === 'digest' ? null : incident.subject);
      if (about === null) continue;
      const trouble = `${incident.kind} of ${about}`;
      byTrouble.set(trouble, [...(byTrouble.get(trouble) ?? []), incident]);
    }
    for (const [trouble, all] of byTrouble) {
      const inOrder = all.toSorted((a, b) => a.startedAt - b.startedAt);
      for (const [index, { startedAt }] of inOrder.entries()) {
        const before = inOrder[index - 1];
        if (before && (before.resolvedAt === null || before.resolvedAt > startedAt))
          violated(`two incidents at a time: ${trouble}`);
      }
    }
  }

  #judgeTrue({ kind, connection, startedAt, resolvedAt, id: incident }: Incident): void {
    if (kind !== 'credential_invalid' || connection === null) return;
    const { truth, violated, now } = this.#world;
    const { id } = connection;
    const bad = truth
      .badTimes(id)
      .find(({ from, to }) => startedAt >= from && startedAt <= (to ?? now()) + AT_ONCE_MS);
    if (!bad) violated(`${incident} began when the key worked`);
    else if (resolvedAt === null && bad.to !== null && now() > this.deadline(id, bad.to))
      violated(`${incident} goes on although the key works since ${new Date(bad.to).toISOString()}`);
    else if (resolvedAt !== null && (bad.to === null || resolvedAt < bad.to - AT_ONCE_MS))
      violated(`${incident} ended although the key does not work`);
  }

  /** What counts as told was heard, and whoever was told of an incident is told of its end. */
  #judgeEnds(incidents: readonly Incident[]): void {
    const { violated, now, truth } = this.#world;
    const stored = new Map(incidents.map((incident) => [incident.id, incident]));
    for (const { id, connection, group, resolvedAt, notice } of incidents) {
      if (resolvedAt !== null || group !== null || notice.toldAt === null || this.#messages.told(id))
        continue;
      const due = truth.deadline(connection?.id ?? '', notice.toldAt, SLACK_MS, 0);
      if (now() > due) violated(`${id} counts as told, and nobody has heard of it`);
    }
    for (const { last } of this.#messages.unended()) {
      const { incident: id } = last.notification;
      const incident = stored.get(id);
      const about = incident?.connection?.id ?? '';
      if (!incident) violated(`${id} was told of and is not stored`);
      else if (incident.resolvedAt !== null) {
        const due = truth.deadline(about, incident.resolvedAt, COMPANY_MS + SLACK_MS, 0);
        if (now() > due) violated(`the end of ${id} was not told`);
      }
    }
  }

  #judgeTold(): void {
    const { truth, violated, now } = this.#world;
    for (const id of truth.everBad()) {
      for (const bad of truth.badTimes(id)) {
        const trouble = `${id} ${bad.from}`;
        if (this.#settled.has(trouble)) continue;
        const due = this.deadline(id, bad.from);
        const toldAt = this.#messages.firstTold(id, bad.from, now());
        if (toldAt === null && now() <= due && bad.to === null) continue;
        const isRequired = bad.to === null || bad.to > due;
        // Told or not, one that was mended early enough was nobody's promise.
        if (!isRequired && toldAt === null && now() <= due) continue;
        this.#settled.add(trouble);
        if (isRequired) this.required += 1;
        if (toldAt !== null) this.detected.push({ id, tookMs: toldAt - bad.from });
        if (isRequired && (toldAt === null || toldAt > due)) violated(lateText(id, bad, due, toldAt));
      }
    }
  }
}

function lateText(id: string, bad: BadTime, due: number, toldAt: number | null): string {
  const seconds = (ms: number) => `${((ms - bad.from) / 1_000).toFixed(1)} s`;
  const told = toldAt === null ? 'not told of' : `told of after ${seconds(toldAt)}`;
  const since = new Date(bad.from).toISOString();
  return `${id} is refused since ${since}, was to be told of within ${seconds(due)}, and was ${told}`;
}
