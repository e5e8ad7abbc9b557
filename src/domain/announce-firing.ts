import { type Customer, customersOf, mayWaitUntil, tellOfMore } from './announce-customer.ts';
import { type Desk, groupBy, MOST_SINGLES } from './announce-desk.ts';
import { audiencesOfDigest, digestOf, digestText } from './digest.ts';
import { companyOf, LONGEST_SETTLE_MS, ripeAt } from './holds.ts';
import type { Incident } from './incident.ts';

/** Tells what is owed a firing: alone, in company, or not yet. */
export function announceFirings(desk: Desk): void {
  const { now } = desk.context;
  let customer: ReturnType<typeof customersOf> | null = null;
  const keyOf = (incident: Incident) => companyOf(incident, desk.sourceOf(incident));
  for (const company of groupBy(whatIsOwed(desk), keyOf).values()) {
    const at = ripeAt(company, (id) => desk.intervalOf(id), now);
    if (at > now) {
      desk.wake(at);
      for (const incident of company) desk.hold(incident, 'grouping');
    } else if (!seenSince(desk, company)) {
      desk.wantsSurvey = true;
      for (const incident of company) desk.hold(incident, 'grouping');
    } else {
      customer ??= customersOf(desk);
      tellTogether(desk, company, customer);
    }
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
  const { survey, now } = desk.context;
  return company.every(
    ({ kind, severity, notice }) =>
      kind !== 'credential_invalid' ||
      severity !== 'critical' ||
      (survey !== null && survey.at >= Math.min(notice.since ?? 0, now)),
  );
}

function tellTogether(
  desk: Desk,
  company: readonly Incident[],
  customerOf: (incident: Incident) => Customer,
): void {
  const source = company[0] ? desk.sourceOf(company[0]) : null;
  if (source !== null) {
    tellOfSource(desk, company, source);
    return;
  }
  const singles: Incident[] = [];
  for (const ofTenant of groupBy(company, ({ connection, id }) => connection?.tenant ?? id).values()) {
    const [first] = ofTenant;
    if (!first) continue;
    const { suspects, alone, digest } = customerOf(first);
    const until = suspects === 0 ? desk.context.now : mayWaitUntil(desk, ofTenant);
    const known = ofTenant.length + suspects + alone;
    if (until > desk.context.now) {
      desk.wake(until);
      for (const incident of ofTenant) desk.hold(incident, 'grouping');
    } else if (digest) tellOfMore(desk, digest, ofTenant);
    // One that is left of many is told of by itself; one that is the first of many has the others join it.
    else if (known > MOST_SINGLES && ofTenant.length + suspects > 1) tellDigest(desk, ofTenant, suspects);
    else singles.push(...ofTenant);
  }
  if (singles.length > MOST_SINGLES) tellDigest(desk, singles);
  else for (const incident of singles) desk.tell(incident, 'firing', desk.audiences(incident));
}

/** What one source of secrets fails is one trouble, however many customers it reaches, and whenever it reaches them. */
function tellOfSource(desk: Desk, company: readonly Incident[], source: string): void {
  const [first, ...others] = company;
  const open = desk.context.book
    .all()
    .find(
      (one) =>
        one.source === source &&
        one.severity === first?.severity &&
        one.resolvedAt === null &&
        one.notice.due === null,
    );
  if (open) tellOfMore(desk, open, company);
  else if (others.length > 0) tellDigest(desk, company, 0, source);
  else for (const incident of company) desk.tell(incident, 'firing', desk.audiences(incident));
}

function tellDigest(
  desk: Desk,
  members: readonly Incident[],
  suspects = 0,
  source: string | null = null,
): void {
  const { ids, policy } = desk.context;
  const made = digestOf(members, ids.ofMany(source === null ? 'group' : 'secrets'), source);
  if (!made) return;
  const more = suspects === 0 ? '' : `; of ${suspects} more a refusal is being confirmed`;
  const textOf = (some: readonly Incident[]) => digestText(some) + more;
  const digest = { ...made, detail: textOf(members) };
  const audiences = audiencesOfDigest(digest, members, policy, textOf);
  for (const member of members) desk.tellWithin(digest, member, audiences.length > 0);
  desk.tell(digest, 'firing', audiences);
}
