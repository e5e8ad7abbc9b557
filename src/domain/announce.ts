import { amongTold, audienceOfOne, audiencesOf, type Concerned, channelsOf } from './audience.ts';
import type { Connection } from './connection.ts';
import { identityOf } from './connection.ts';
import { concerned, digestOf, digestText, endOfDigest } from './digest.ts';
import { companyOf, holdOf, LONGEST_SETTLE_MS, ripeAt } from './holds.ts';
import { type Audience, type Incident, isDigest } from './incident.ts';
import type { IncidentBook } from './incident-book.ts';
import { type Notification, type NotificationStatus, notificationOf } from './notification.ts';
import type { RoutingPolicy } from './routing.ts';
import type { Silence } from './silence.ts';

/** More than so many of one kind at once leave as one. */
const MOST_SINGLES = 5;

export interface AnnouncePolicy extends RoutingPolicy {
  readonly epoch: string;
  readonly reminderEveryMs: number;
  readonly find: (id: string) => Connection | undefined;
}

/** A message and the channels it goes to. */
export interface Outgoing {
  readonly notification: Notification;
  readonly channels: readonly string[];
}

export interface Announcements {
  /** In the order to send them. */
  readonly outgoing: readonly Outgoing[];
  /** When there may be something to say although nothing happens; null when never. */
  readonly nextAt: number | null;
  /** Confirmed rejections wait for a fresh look at the fleet: they may be part of something larger. */
  readonly wantsSurvey: boolean;
}

export interface AnnounceContext {
  readonly book: IncidentBook;
  readonly silences: readonly Silence[];
  readonly policy: AnnouncePolicy;
  readonly now: number;
  /** When the fleet was last looked at, epoch ms; null when never. */
  readonly surveyedAt: number | null;
}

/** Decides which of the messages that are owed leave now, alone or together, and why the others don't. */
export function announce(context: AnnounceContext): Announcements {
  const desk = new Desk(context);
  desk.firings();
  desk.latecomers();
  desk.ends();
  desk.digestEnds();
  desk.reminders();
  return { outgoing: desk.outgoing, nextAt: desk.nextAt, wantsSurvey: desk.wantsSurvey };
}

class Desk {
  readonly outgoing: Outgoing[] = [];
  nextAt: number | null = null;
  wantsSurvey = false;
  readonly #context: AnnounceContext;

  constructor(context: AnnounceContext) {
    this.#context = context;
    for (const { startsAt, endsAt } of context.silences) {
      if (startsAt > context.now) this.#wake(startsAt);
      else if (endsAt > context.now) this.#wake(endsAt);
    }
  }

  firings(): void {
    const { now } = this.#context;
    const waiting = this.#waiting();
    for (const company of groupBy(waiting, companyOf).values()) {
      const at = ripeAt(company, (id) => this.#intervalOf(id), now);
      if (at > now) {
        this.#wake(at);
        for (const incident of company) this.#hold(incident, 'grouping');
      } else if (!this.#seenSince(company)) {
        this.wantsSurvey = true;
        for (const incident of company) this.#hold(incident, 'grouping');
      } else this.#tellTogether(company);
    }
  }

  /** The end of whatever somebody was told of. */
  ends(): void {
    const { book } = this.#context;
    for (const incident of book.all()) {
      if (incident.resolvedAt === null || incident.notice.due !== 'resolved') continue;
      const hold = this.#holdOf(incident);
      // The trouble is over, and with it the company it came in; only a silence keeps its end back.
      if (hold === 'silenced') this.#hold(incident, hold);
      else this.#tell(incident, 'resolved', incident.audiences);
    }
  }

  /** A digest is over when none of those that it told of is left. */
  digestEnds(): void {
    const { book, now } = this.#context;
    for (const incident of book.all()) {
      if (!isDigest(incident) || incident.resolvedAt !== null || book.membersOf(incident).length > 0)
        continue;
      if (this.#holdOf(incident) === 'silenced') continue;
      const ended = { ...incident, resolution: endOfDigest(incident, book), resolvedAt: now };
      this.#tell({ ...ended, notice: { ...ended.notice, due: 'resolved' } }, 'resolved', incident.audiences);
    }
  }

  reminders(): void {
    const { book, now, policy } = this.#context;
    const due: Incident[] = [];
    for (const incident of book.all()) {
      const { notice, resolvedAt, group, kind } = incident;
      // The rungs of its ladder are the reminders of an expiry.
      if (resolvedAt !== null || notice.due !== null || group !== null || kind === 'credential_expiring')
        continue;
      const at = (notice.toldAt ?? incident.startedAt) + policy.reminderEveryMs;
      if (at > now) this.#wake(at);
      else if (this.#holdOf(incident) === null) due.push(incident);
    }
    for (const company of groupBy(due, companyOf).values()) {
      if (company.length > MOST_SINGLES) this.#remindTogether(company);
      else for (const incident of company) this.#remind(incident);
    }
  }

  /** A digest's reminder names those that are left and not silenced. A single one also goes to channels of late. */
  #remind(incident: Incident): void {
    if (!isDigest(incident)) {
      const audiences = incident.connection === null ? incident.audiences : this.#audiences(incident);
      this.#tell({ ...incident, audiences }, 'reminder', audiences);
      return;
    }
    const { book, policy } = this.#context;
    const left = book.membersOf(incident).filter((member) => this.#holdOf(member) !== 'silenced');
    const audiences = amongTold(audiencesOf(incident, left.map(concerned), policy), incident.audiences);
    this.#tell({ ...incident, detail: digestText(left) }, 'reminder', audiences);
  }

  /** Customers whom an outage reached later have channels of their own, which have not heard of it. */
  latecomers(): void {
    const { book, now } = this.#context;
    for (const incident of book.all()) {
      const { kind, resolvedAt, notice, members, membersTold, audiences } = incident;
      if (kind !== 'gateway_outage' || resolvedAt !== null || notice.due !== null) continue;
      if (members.length <= membersTold) continue;
      const told = new Set(channelsOf(audiences));
      const late = this.#audiences(incident).flatMap((audience) => {
        const channels = audience.channels.filter((channel) => !told.has(channel));
        return channels.length === 0 ? [] : [{ ...audience, channels }];
      });
      const sequence = late.length === 0 ? incident.sequence : incident.sequence + 1;
      const all = [...audiences, ...late];
      const next = book.put({ ...incident, sequence, audiences: all, membersTold: members.length });
      for (const audience of late) {
        const notification = notificationOf(next, 'firing', audience, now);
        this.outgoing.push({ notification, channels: audience.channels });
      }
    }
  }

  /** Incidents that were told one by one, and of which many are to be recalled at once, as after a night of downtime. */
  #remindTogether(company: readonly Incident[]): void {
    const { book, now, policy } = this.#context;
    const roundup = digestOf(company, `${policy.epoch}-reminder-${now}-${this.outgoing.length}`);
    if (!roundup) return;
    for (const incident of company) {
      book.put({ ...incident, notice: { ...incident.notice, toldAt: now } });
    }
    const told = company.flatMap(({ audiences }) => audiences);
    for (const audience of amongTold(audiencesOf(roundup, company.map(concerned), policy), told)) {
      const notification = notificationOf(roundup, 'reminder', audience, now);
      this.outgoing.push({ notification, channels: audience.channels });
    }
  }

  /** What is owed a firing and not kept back by anything but company. */
  #waiting(): Incident[] {
    const { book, now } = this.#context;
    const waiting: Incident[] = [];
    for (const incident of book.all()) {
      if (incident.resolvedAt !== null || incident.notice.due !== 'firing') continue;
      const hold = this.#holdOf(incident);
      const before = incident.notice.held;
      if (hold !== null) this.#hold(incident, hold);
      // What was kept back comes due anew with all that was kept back by the same.
      else if (before !== null && before !== 'grouping') {
        const since = now + (before === 'outage' ? this.#settleMs(incident) : 0);
        waiting.push(book.put({ ...incident, notice: { ...incident.notice, since, held: 'grouping' } }));
      } else waiting.push(incident);
    }
    return waiting;
  }

  /** After an outage each connection gets a turn to show that it works again. */
  #settleMs({ connection }: Incident): number {
    return connection === null ? 0 : Math.min(1.2 * this.#intervalOf(connection.id), LONGEST_SETTLE_MS);
  }

  /** A page of refused keys leaves only after a look at the fleet that could have shown a mass of them. */
  #seenSince(company: readonly Incident[]): boolean {
    const { surveyedAt, now } = this.#context;
    return company.every(
      ({ kind, severity, notice }) =>
        kind !== 'credential_invalid' ||
        severity !== 'critical' ||
        (surveyedAt !== null && surveyedAt >= Math.min(notice.since ?? 0, now)),
    );
  }

  #tellTogether(company: readonly Incident[]): void {
    const singles: Incident[] = [];
    for (const ofTenant of groupBy(company, ({ connection, id }) => connection?.tenant ?? id).values()) {
      if (ofTenant.length > MOST_SINGLES) this.#tellDigest(ofTenant);
      else singles.push(...ofTenant);
    }
    if (singles.length > MOST_SINGLES) this.#tellDigest(singles);
    else for (const incident of singles) this.#tell(incident, 'firing', this.#audiences(incident));
  }

  #tellDigest(members: readonly Incident[]): void {
    const { book, now, policy } = this.#context;
    const [first] = members;
    const digest = first && digestOf(members, `${first.id}-group-${first.sequence + 1}`);
    if (!digest) return;
    for (const member of members) {
      const notice = { due: null, since: null, held: null, toldAt: now, quiet: 'grouped' } as const;
      book.put({ ...member, group: digest.id, sequence: member.sequence + 1, notice });
    }
    this.#tell(digest, 'firing', audiencesOf(digest, members.map(concerned), policy));
  }

  /** Who is to be told: those whom the routes name now, and those who know of it already. */
  #audiences(incident: Incident): readonly Audience[] {
    const { policy } = this.#context;
    if (incident.connection === null) {
      const concernedNow = this.#concernedBy(incident);
      return concernedNow === null
        ? withoutItself(incident, audienceOfOne(incident, policy))
        : audiencesOf(incident, concernedNow, policy);
    }
    const wanted = audienceOfOne(incident, policy);
    const [known] = incident.audiences;
    if (!known) return wanted;
    return [{ ...known, channels: channelsOf([...wanted, known]) }];
  }

  /** The connections that a fleet-wide incident touches; null for what is nobody's in particular. */
  #concernedBy(incident: Incident): readonly Concerned[] | null {
    const { policy } = this.#context;
    if (incident.members.length === 0) return null;
    return incident.members.flatMap((id) => {
      const found = policy.find(id);
      return found ? [{ connection: identityOf(found), override: found.channels }] : [];
    });
  }

  #tell(incident: Incident, status: NotificationStatus, audiences: readonly Audience[]): void {
    const { book, now } = this.#context;
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
    for (const audience of audiences) {
      this.outgoing.push({
        notification: notificationOf(told, status, audience, now),
        channels: audience.channels,
      });
    }
  }

  #hold(incident: Incident, held: Incident['notice']['held']): void {
    if (incident.notice.held === held) return;
    this.#context.book.put({ ...incident, notice: { ...incident.notice, held } });
  }

  #holdOf(incident: Incident) {
    const { book, silences, now } = this.#context;
    return holdOf(incident, book, silences, now);
  }

  #intervalOf(id: string): number {
    return this.#context.policy.find(id)?.intervalMs ?? 0;
  }

  #wake(at: number): void {
    this.nextAt = this.nextAt === null ? at : Math.min(this.nextAt, at);
  }
}

/** That a channel fails is told through the others. */
function withoutItself({ kind, subject }: Incident, audiences: readonly Audience[]): readonly Audience[] {
  if (kind !== 'channel_failing') return audiences;
  return audiences.flatMap((audience) => {
    const channels = audience.channels.filter((channel) => channel !== subject);
    return channels.length === 0 ? [] : [{ ...audience, channels }];
  });
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
