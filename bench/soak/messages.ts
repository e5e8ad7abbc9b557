import type { Notification } from '../../src/domain/notification.ts';
import type { Heard } from './receiver.ts';
import type { SoakWorld } from './world.ts';

/** What judging messages takes. */
export type MessageWorld = Pick<SoakWorld, 'truth' | 'violated' | 'receiver' | 'options'>;

/** What the receiver has heard of one incident. */
export interface Told {
  readonly first: Heard;
  readonly last: Heard;
  readonly sequence: number;
}

/** A survey that shows an outage looks back so far. */
const OUTAGE_WINDOW_MS = 120_000;

/** Judges the messages one by one, in the order they came, and knows what was told. */
export class MessageJudge {
  readonly #world: MessageWorld;
  readonly #told = new Map<string, Told>();
  readonly #ids = new Map<string, number>();
  /** Connection → when its being refused was told. */
  readonly #firings = new Map<string, number[]>();
  #read = 0;
  /** Messages that came twice, as they may when a process ends between sending and noting it. */
  doubles = 0;

  constructor(world: MessageWorld) {
    this.#world = world;
  }

  get count(): number {
    return this.#ids.size;
  }

  told(incident: string): Told | undefined {
    return this.#told.get(incident);
  }

  /** Incidents of which somebody was told, and not of their end. */
  unended(): readonly Told[] {
    return [...this.#told.values()].filter(({ last }) => last.notification.status !== 'resolved');
  }

  /** When it was first told within this time that a connection is refused; null when it was not. */
  firstTold(id: string, from: number, to: number): number | null {
    return this.#firings.get(id)?.find((at) => at >= from && at <= to) ?? null;
  }

  judge(): void {
    const { heard } = this.#world.receiver;
    for (const message of heard.slice(this.#read)) this.#judge(message);
    this.#read = heard.length;
  }

  #judge(heard: Heard): void {
    const { id, kind } = heard.notification;
    const before = this.#ids.get(id);
    if (before !== undefined) {
      this.doubles += 1;
      if (!this.#wasDisturbed(before, heard.at)) this.#world.violated(`message ${id} came twice`);
      return;
    }
    this.#ids.set(id, heard.at);
    this.#judgeOrder(heard);
    if (kind === 'credential_invalid') this.#judgeRefusal(heard);
    else if (kind === 'gateway_outage') this.#judgeOutage(heard.notification);
    else this.#world.violated(`nobody had reason for: ${heard.notification.summary}`);
  }

  #judgeOrder(heard: Heard): void {
    const { violated } = this.#world;
    const { id, incident, status } = heard.notification;
    const sequence = Number(id.slice(incident.length + 1));
    const known = this.#told.get(incident);
    if (!known && status !== 'firing') violated(`the first message of ${incident} is ${status}`);
    if (known && sequence <= known.sequence) violated(`${id} came after number ${known.sequence}`);
    if (known?.last.notification.status === 'resolved') violated(`${id} (${status}) came after the end`);
    this.#told.set(incident, { first: known?.first ?? heard, last: heard, sequence });
  }

  #judgeRefusal({ at, notification }: Heard): void {
    if (notification.status === 'resolved') return;
    const { truth, violated } = this.#world;
    const { connection, connections, cause, summary, startedAt, occurredAt } = notification;
    if (cause !== 'revoked') violated(`the cause of "${summary}" is ${cause}`);
    const ids = connection ? [connection.id] : (connections?.ids ?? []);
    const said = Date.parse(occurredAt);
    // What a digest tells of has begun before the digest was made.
    const from = connection ? Date.parse(startedAt) : said - this.#longestMs();
    for (const id of ids) {
      this.#firings.set(id, [...(this.#firings.get(id) ?? []), at]);
      const times = truth.badTimes(id);
      if (!times.some((bad) => bad.from <= said && (bad.to ?? at) >= from))
        violated(`a false alarm of ${id}: ${summary}`);
      const isSilenced = truth
        .silences(id)
        .some((one) => one.from < said && (one.to === null || one.to > said));
      if (isSilenced) violated(`${id} was silenced, but told of: ${summary}`);
    }
  }

  #longestMs(): number {
    const { intervalsMs, confirmations, confirmDelayMs } = this.#world.options;
    return Math.max(...intervalsMs) + confirmations * confirmDelayMs;
  }

  #judgeOutage({ status, startedAt, summary }: Notification): void {
    const { truth, violated } = this.#world;
    const at = Date.parse(startedAt);
    const reason = truth.disturbances.some(
      ({ losesChecks, from, to }) => losesChecks && from <= at && to + OUTAGE_WINDOW_MS >= at,
    );
    if (status !== 'resolved' && !reason) violated(`a false alarm of the gateway: ${summary}`);
  }

  #wasDisturbed(from: number, to: number): boolean {
    return this.#world.truth.disturbances.some((one) => one.from <= to && one.to >= from - 1_000);
  }
}
