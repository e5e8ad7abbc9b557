import { type Desk, groupBy, MOST_SINGLES } from './announce-desk.ts';
import { amongTold, channelsOf, onlyThrough, othersThan, toldAgain } from './audience.ts';
import { audiencesOfDigest, digestOf, digestText, endOfDigest } from './digest.ts';
import { companyOf } from './holds.ts';
import { type Incident, isDigest } from './incident.ts';
import { nextRungAt } from './ladder.ts';

const HOUR = 3_600_000;

/** The end of whatever somebody was told of. */
export function announceEnds(desk: Desk): void {
  const { book } = desk.context;
  for (const incident of book.all()) {
    if (incident.resolvedAt === null || incident.notice.due !== 'resolved') continue;
    const hold = desk.holdOf(incident);
    // The trouble is over, and with it the company it came in; only a silence keeps its end back.
    if (hold === 'silenced') desk.hold(incident, hold);
    else desk.tell(incident, 'resolved', incident.audiences);
  }
}

/** A digest is over when none of those that it told of is left. */
export function announceDigestEnds(desk: Desk): void {
  const { book, now } = desk.context;
  for (const incident of book.all()) {
    if (!isDigest(incident) || incident.resolvedAt !== null || book.membersOf(incident).length > 0) continue;
    if (desk.holdOf(incident) === 'silenced') continue;
    const ended = { ...incident, resolution: endOfDigest(incident, book), resolvedAt: now };
    desk.tell({ ...ended, notice: { ...ended.notice, due: 'resolved' } }, 'resolved', incident.audiences);
  }
}

/** Customers whom an outage reached later have channels of their own, which have not heard of it; a silence is waited for. */
export function announceToLatecomers(desk: Desk): void {
  const { book } = desk.context;
  for (const incident of book.all()) {
    const { kind, resolvedAt, notice, members, membersTold, audiences } = incident;
    if (kind !== 'gateway_outage' || resolvedAt !== null || notice.due !== null) continue;
    if (members.length <= membersTold || desk.holdOf(incident) === 'silenced') continue;
    const late = othersThan(audiences, desk.audiences(incident));
    const sequence = late.length === 0 ? incident.sequence : incident.sequence + 1;
    const all = [...audiences, ...late];
    const next = book.put({ ...incident, sequence, audiences: all, membersTold: members.length });
    for (const audience of late) desk.send(next, 'firing', audience);
  }
}

/** Recalls what lasts. */
export function announceReminders(desk: Desk): void {
  const { book, now, policy } = desk.context;
  const due: Incident[] = [];
  for (const incident of book.all()) {
    const { notice, resolvedAt, group } = incident;
    if (resolvedAt !== null || notice.due !== null || group !== null || rungsRemind(desk, incident)) continue;
    const at = (notice.toldAt ?? incident.startedAt) + policy.reminderEveryMs;
    if (at > now) desk.wake(at);
    else if (desk.holdOf(incident) === null) due.push(incident);
  }
  const keyOf = (incident: Incident) => companyOf(incident, desk.sourceOf(incident));
  for (const company of groupBy(due, keyOf).values()) {
    if (company.length > MOST_SINGLES) remindTogether(desk, company);
    else for (const incident of company) remind(desk, incident);
  }
}

/** A reminder that close before a rung would say the same. */
const RUNG_SOON_MS = HOUR;

/** The rungs of its ladder are the reminders of an expiry, until the last one was announced and between close ones. */
function rungsRemind(desk: Desk, incident: Incident): boolean {
  if (incident.kind !== 'credential_expiring') return false;
  if (incident.severity === 'warning') return true;
  const { book, now, policy } = desk.context;
  const toldAt = incident.notice.toldAt ?? incident.startedAt;
  const soon = now + Math.min(RUNG_SOON_MS, policy.reminderEveryMs / 2);
  return (isDigest(incident) ? book.membersOf(incident) : [incident]).some(({ connection }) => {
    const declared = connection && desk.declaredOf(connection.id);
    const next = declared ? nextRungAt(declared.expiresAt, policy.warnBeforeMs, toldAt) : null;
    return next !== null && next <= soon;
  });
}

/** A digest's reminder names those that are left and not silenced. A single one also goes to channels of late. */
function remind(desk: Desk, incident: Incident): void {
  if (!isDigest(incident)) {
    const audiences = incident.connection === null ? incident.audiences : desk.audiences(incident);
    desk.tell({ ...incident, audiences }, 'reminder', audiences);
    return;
  }
  const left = desk.leftOf(incident);
  const audiences = toldAgain(audiencesOfDigest(incident, left, desk.context.policy), incident.audiences);
  const known = [...incident.audiences, ...othersThan(incident.audiences, audiences)];
  desk.tell({ ...incident, audiences: known, detail: digestText(left) }, 'reminder', audiences);
}

/** Incidents that were told one by one, and of which many are to be recalled at once, as after a night of downtime. */
function remindTogether(desk: Desk, company: readonly Incident[]): void {
  const { ids, policy } = desk.context;
  const source = company[0] ? desk.sourceOf(company[0]) : null;
  const roundup = digestOf(company, ids.ofMany('reminder'), source);
  if (!roundup) return;
  const wantedBy = (some: readonly Incident[]) => audiencesOfDigest(roundup, some, policy);
  const told = company.flatMap((incident) => [
    ...incident.audiences,
    ...toldAgain(wantedBy([incident]), incident.audiences),
  ]);
  const rounded = (some: readonly Incident[]) => {
    const among = amongTold(wantedBy(some), told);
    return onlyThrough(among, (channel) => !policy.alertPerIncident.has(channel));
  };
  for (const incident of company) remindWithin(desk, incident, roundup.id, channelsOf(rounded([incident])));
  for (const audience of rounded(company)) desk.send(roundup, 'reminder', audience);
}

/** Notes in which channels a round-up recalls an incident, and recalls it by itself where each has an alert of its own. */
function remindWithin(desk: Desk, incident: Incident, roundup: string, channels: readonly string[]): void {
  const { book, now, policy } = desk.context;
  const recalled = { ...incident.notice, toldAt: now };
  const within = { incident: roundup, channels };
  const wanted = desk.audiences(incident);
  const alone = onlyThrough(wanted, (channel) => policy.alertPerIncident.has(channel));
  // Whoever hears of it by this reminder first is told of its end.
  const known = new Set([...channelsOf([...incident.audiences, ...alone]), ...channels]);
  const audiences = onlyThrough(wanted, (channel) => known.has(channel));
  if (alone.length === 0) {
    book.put({ ...incident, audiences, notice: { ...recalled, within } });
    return;
  }
  const sequence = incident.sequence + 1;
  const { within: _before, ...byItself } = recalled;
  const notice =
    channels.length === 0 ? byItself : { ...recalled, within: { ...within, alone: channelsOf(alone) } };
  const next = book.put({ ...incident, sequence, audiences, notice });
  for (const audience of alone) desk.send(next, 'reminder', audience);
}
