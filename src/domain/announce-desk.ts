import {
  audienceOfOne,
  audiencesOf,
  type Concerned,
  channelsOf,
  onlyThrough,
  othersThan,
} from './audience.ts';
import { type Connection, identityOf } from './connection.ts';
import { audiencesOfDigest } from './digest.ts';
import { holdOf } from './holds.ts';
import { type Audience, type HoldReason, type Incident, isDigest, SET_BACK_MS } from './incident.ts';
import type { IncidentBook } from './incident-book.ts';
import type { IncidentIds } from './incident-id.ts';
import { type Notification, type NotificationStatus, notificationOf } from './notification.ts';
import type { RoutingPolicy } from './routing.ts';
import { secretSource } from './secret-source.ts';
import type { Silence } from './silence.ts';
import type { DeclaredExpiry, Survey } from './survey.ts';
import { isAboutSource } from './wording-source.ts';

/** More than so many of one kind at once leave as one. */
export const MOST_SINGLES = 5;

export interface AnnouncePolicy extends RoutingPolicy {
  readonly reminderEveryMs: number;
  /** Channels with an alert for each incident: these are reminded of each by itself. */
  readonly alertPerIncident: ReadonlySet<string>;
  /** The rungs before a declared expiry, in milliseconds. */
  readonly warnBeforeMs: readonly number[];
  /** Between two refusals that count. */
  readonly confirmDelayMs: number;
  /** After so long without a certain answer a connection is unverifiable. */
  readonly unverifiableAfterMs: number;
  readonly find: (id: string) => Connection | undefined;
}

/** A message and the channels it goes to. */
export interface Outgoing {
  readonly notification: Notification;
  readonly channels: readonly string[];
}

export interface AnnounceContext {
  readonly book: IncidentBook;
  readonly ids: IncidentIds;
  readonly silences: readonly Silence[];
  readonly policy: AnnouncePolicy;
  readonly now: number;
  /** The latest look at the fleet; null when there was none. */
  readonly survey: Survey | null;
}

/** Where announcements are made: what is known, what leaves, and what is written down of it. */
export class Desk {
  readonly outgoing: Outgoing[] = [];
  nextAt: number | null = null;
  wantsSurvey = false;
  readonly context: AnnounceContext;
  #declared: ReadonlyMap<string, DeclaredExpiry> | null = null;

  constructor(context: AnnounceContext) {
    this.context = context;
    for (const { startsAt, endsAt } of context.silences) {
      if (startsAt > context.now) this.wake(startsAt);
      else if (endsAt > context.now) this.wake(endsAt);
    }
  }

  /** Who is to be told: those whom the routes name now, and those who know of it already. */
  audiences(incident: Incident): readonly Audience[] {
    const { policy } = this.context;
    if (isDigest(incident) && incident.audiences.length === 0)
      return audiencesOfDigest(incident, this.leftOf(incident), policy);
    if (incident.connection === null) {
      const concernedNow = this.#concernedBy(incident);
      const wanted =
        concernedNow === null
          ? withoutItself(incident, audienceOfOne(incident, policy))
          : audiencesOf(incident, concernedNow, policy);
      return [...wanted, ...othersThan(wanted, incident.audiences)];
    }
    const wanted = audienceOfOne(incident, policy);
    const [known] = incident.audiences;
    if (!known) return wanted;
    return [{ ...known, channels: channelsOf([...wanted, known]) }];
  }

  /** The members of a digest that are not over, and not silenced either. */
  leftOf(digest: Incident): readonly Incident[] {
    return this.context.book.membersOf(digest).filter((member) => this.holdOf(member) !== 'silenced');
  }

  /** The connections that a fleet-wide incident touches; null for what is nobody's in particular. */
  #concernedBy(incident: Incident): readonly Concerned[] | null {
    const { policy } = this.context;
    if (incident.members.length === 0) return null;
    return incident.members.flatMap((id) => {
      const found = policy.find(id);
      return found ? [{ connection: identityOf(found), override: found.channels }] : [];
    });
  }

  /** Hands a message over to an audience, and notes nothing. */
  send(incident: Incident, status: NotificationStatus, audience: Audience): void {
    const notification = notificationOf(incident, status, audience, this.context.now);
    this.outgoing.push({ notification, channels: audience.channels });
  }

  /** Tells audiences of an incident, and notes that they were told. */
  tell(incident: Incident, status: NotificationStatus, audiences: readonly Audience[]): void {
    const { book, now } = this.context;
    if (status === 'firing' && audiences.length === 0) {
      // Somebody may be configured later; until then it stays due.
      const { notice } = incident;
      if (notice.quiet !== 'nobody_to_tell')
        book.put({ ...incident, notice: { ...notice, held: null, quiet: 'nobody_to_tell' } });
      return;
    }
    const sequence = incident.sequence + 1;
    const notice = { due: null, since: null, held: null, toldAt: now, quiet: null } as const;
    // A reminder names what is left, but the end is told to all who were told of the beginning.
    const kept = status === 'firing' ? audiences : incident.audiences;
    const membersTold = status === 'firing' ? incident.members.length : incident.membersTold;
    const told = book.put({ ...incident, sequence, audiences: kept, notice, membersTold });
    for (const audience of audiences) this.send(told, status, audience);
  }

  /** Has a digest tell of an incident; one for which nobody is configured yet (`isTold` false) may do so later. */
  tellWithin(digest: Incident, member: Incident, isTold: boolean): void {
    const { book, now, policy } = this.context;
    const notice = { due: null, since: null, held: null, toldAt: now, quiet: 'grouped' } as const;
    const channels = channelsOf(audiencesOfDigest(digest, [member], policy));
    const within = isTold ? { within: { incident: digest.id, channels } } : {};
    book.put({
      ...member,
      group: digest.id,
      sequence: member.sequence + 1,
      notice: { ...notice, ...within },
    });
  }

  /** Notes why a message that is owed stays. */
  hold(incident: Incident, held: HoldReason): void {
    if (incident.notice.held === held) return;
    this.context.book.put({ ...incident, notice: { ...incident.notice, held } });
  }

  holdOf(incident: Incident): HoldReason | null {
    const { book, silences, now } = this.context;
    const hold = holdOf(incident, book, silences, now);
    if (hold !== null) return hold;
    const settledBy = this.#settledBy(incident);
    if (settledBy === null || settledBy <= now) return null;
    this.wake(settledBy);
    return 'awaiting_verdict';
  }

  /** The declared expiry of a connection, as the latest look at the fleet found it. */
  declaredOf(id: string): DeclaredExpiry | undefined {
    this.#declared ??= new Map(
      this.context.survey?.declared.map((one): [string, DeclaredExpiry] => [one.connection.id, one]),
    );
    return this.#declared.get(id);
  }

  /** Nobody is warned that keys will expire which may never have worked; but that is not waited for without end. */
  #settledBy({ kind, connection }: Incident): number | null {
    if (kind !== 'credential_expiring' || connection === null) return null;
    const since = this.declaredOf(connection.id)?.unsettledSince ?? null;
    const { now, policy } = this.context;
    // A time that lies ahead was noted before the clock was set back.
    return since === null || since > now + SET_BACK_MS ? null : since + policy.unverifiableAfterMs;
  }

  /** What the secret of an incident comes from, where that could not be read; null for every other trouble. */
  sourceOf(incident: Incident): string | null {
    const { connection, evidence } = incident;
    if (connection === null || !isAboutSource(incident)) return null;
    const found = this.context.policy.find(connection.id);
    return found ? secretSource(found, evidence?.code ?? null) : 'their source';
  }

  intervalOf(id: string): number {
    return this.context.policy.find(id)?.intervalMs ?? 0;
  }

  /** Asks to decide again at that time at the latest. */
  wake(at: number): void {
    this.nextAt = this.nextAt === null ? at : Math.min(this.nextAt, at);
  }
}

/** That a channel fails is told through the others. */
function withoutItself({ kind, subject }: Incident, audiences: readonly Audience[]): readonly Audience[] {
  return kind === 'channel_failing' ? onlyThrough(audiences, (channel) => channel !== subject) : audiences;
}

export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
