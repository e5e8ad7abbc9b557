import { type Desk, groupBy, MOST_SINGLES } from './announce-desk.ts';
import { audiencesOf, channelsOf } from './audience.ts';
import { concerned, digestOf } from './digest.ts';
import { companyOf, LONGEST_SETTLE_MS, ripeAt } from './holds.ts';
import type { Incident } from './incident.ts';

/** Tells what is owed a firing: alone, in company, or not yet. */
export function announceFirings(desk: Desk): void {
  const { now } = desk.context;
  for (const company of groupBy(whatIsOwed(desk), companyOf).values()) {
    const at = ripeAt(company, (id) => desk.intervalOf(id), now);
    if (at > now) {
      desk.wake(at);
      for (const incident of company) desk.hold(incident, 'grouping');
    } else if (!seenSince(desk, company)) {
      desk.wantsSurvey = true;
      for (const incident of company) desk.hold(incident, 'grouping');
    } else tellTogether(desk, company);
  }
}

/** What is owed a firing and not kept back by anything but company. */
function whatIsOwed(desk: Desk): Incident[] {
  const { book, now } = desk.context;
  const waiting: Incident[] = [];
  for (const incident of book.all()) {
    if (incident.resolvedAt !== null || incident.notice.due !== 'firing') continue;
    const hold = desk.holdOf(incident);
    const before = incident.notice.held;
    if (hold !== null) desk.hold(incident, hold);
    // What was kept back comes due anew with all that was kept back by the same.
    else if (before !== null && before !== 'grouping') {
      const since = now + (before === 'outage' ? settleMs(desk, incident) : 0);
      waiting.push(book.put({ ...incident, notice: { ...incident.notice, since, held: 'grouping' } }));
    } else waiting.push(incident);
  }
  return waiting;
}

/** After an outage each connection gets a turn to show that it works again. */
function settleMs(desk: Desk, { connection }: Incident): number {
  return connection === null ? 0 : Math.min(1.2 * desk.intervalOf(connection.id), LONGEST_SETTLE_MS);
}

/** A page of refused keys leaves only after a look at the fleet that could have shown a mass of them. */
function seenSince(desk: Desk, company: readonly Incident[]): boolean {
  const { surveyedAt, now } = desk.context;
  return company.every(
    ({ kind, severity, notice }) =>
      kind !== 'credential_invalid' ||
      severity !== 'critical' ||
      (surveyedAt !== null && surveyedAt >= Math.min(notice.since ?? 0, now)),
  );
}

function tellTogether(desk: Desk, company: readonly Incident[]): void {
  const singles: Incident[] = [];
  for (const ofTenant of groupBy(company, ({ connection, id }) => connection?.tenant ?? id).values()) {
    if (ofTenant.length > MOST_SINGLES) tellDigest(desk, ofTenant);
    else singles.push(...ofTenant);
  }
  if (singles.length > MOST_SINGLES) tellDigest(desk, singles);
  else for (const incident of singles) desk.tell(incident, 'firing', desk.audiences(incident));
}

function tellDigest(desk: Desk, members: readonly Incident[]): void {
  const { book, now, policy } = desk.context;
  const [first] = members;
  const digest = first && digestOf(members, `${first.id}-group-${first.sequence + 1}`);
  if (!digest) return;
  const audiences = audiencesOf(digest, members.map(concerned), policy);
  for (const member of members) {
    const notice = { due: null, since: null, held: null, toldAt: now, quiet: 'grouped' } as const;
    const channels = channelsOf(audiencesOf(digest, [concerned(member)], policy));
    const within = { incident: digest.id, channels };
    // A digest for which nobody is configured yet may be told later.
    const told = audiences.length === 0 ? notice : { ...notice, within };
    book.put({ ...member, group: digest.id, sequence: member.sequence + 1, notice: told });
  }
  desk.tell(digest, 'firing', audiences);
}
