import type { AnnouncePolicy, Desk } from './announce-desk.ts';
import { channelsOf, onlyThrough } from './audience.ts';
import { type Connection, customerKey } from './connection.ts';
import { audiencesOfDigest, commonCause, digestText } from './digest.ts';
import { CRITICAL_WAIT_MS, dueSince } from './holds.ts';
import type { Incident } from './incident.ts';

/** What is refused of one customer within this time is the same trouble. */
const TOGETHER_MS = 10 * 60_000;

/** What there is of one customer's refused keys besides those that are due. */
export interface Customer {
  /** How many worked until they were refused, lately, which is being confirmed. */
  readonly suspects: number;
  /** How many were told of one by one, lately. */
  readonly alone: number;
  /** The message about many of them, where it is of late and still holds. */
  readonly digest: Incident | null;
}

const NOTHING: Customer = { suspects: 0, alone: 0, digest: null };

/** Looks up what else there is of the customer of an incident. */
export function customersOf(desk: Desk): (incident: Incident) => Customer {
  const { policy } = desk.context;
  const found = new Map<string, Customer>();
  const add = (key: string, more: (known: Customer) => Partial<Customer>) => {
    const known = found.get(key) ?? NOTHING;
    found.set(key, { ...known, ...more(known) });
  };
  for (const page of pagesToldLately(desk)) {
    if (page.connection) add(customerKey(page.connection), ({ alone }) => ({ alone: alone + 1 }));
    else {
      const key = onlyCustomerOf(page, policy);
      if (key !== null) add(key, () => ({ digest: page }));
    }
  }
  for (const suspect of suspectsOf(desk)) {
    add(customerKey(suspect), ({ suspects }) => ({ suspects: suspects + 1 }));
  }
  return (incident) =>
    (isPage(incident) && incident.connection && found.get(customerKey(incident.connection))) || NOTHING;
}

/** Pages that still hold and were told of lately, one by one or about many; not those in the company of others. */
function pagesToldLately({ context: { book, now } }: Desk): readonly Incident[] {
  return book.all().filter((incident) => {
    const { resolvedAt, notice, group } = incident;
    const isTold = resolvedAt === null && notice.due === null && notice.toldAt !== null && group === null;
    return isPage(incident) && isTold && now - notice.toldAt <= TOGETHER_MS;
  });
}

/** The one customer whose keys a digest is about; null when it is about several, or has keys that are gone. */
function onlyCustomerOf({ members }: Incident, policy: AnnouncePolicy): string | null {
  const found = members.map((id) => policy.find(id));
  const [key = null, ...others] = new Set(found.map((one) => one && customerKey(one)));
  return others.length === 0 ? key : null;
}

/** Those that worked until they were refused, lately, of which nothing is certain yet. */
function suspectsOf({ context: { survey, book } }: Desk): readonly Connection[] {
  const seen = [...(survey?.gateways.values() ?? [])].flatMap(({ beingConfirmed }) => beingConfirmed);
  return seen.filter(({ id }) => !book.find('credential_invalid', id));
}

/**
 * Until when these pages of one customer may wait for keys that are being confirmed: never longer than it takes to confirm
 * one, and never so long that one of them was told later than a check in each interval would have it told, if it was
 * revoked right after it last worked.
 */
export function mayWaitUntil(desk: Desk, pages: readonly Incident[]): number {
  return pages.reduce((least, page) => Math.min(least, latestFor(desk, page)), Number.POSITIVE_INFINITY);
}

function latestFor({ context: { policy, now } }: Desk, page: Incident): number {
  const due = dueSince(page, now);
  const found = page.connection && policy.find(page.connection.id);
  const worked = page.evidence?.lastSuccessAt ?? null;
  if (!found || worked === null) return due;
  const confirmMs = (found.confirmations - 1) * policy.confirmDelayMs;
  return Math.min(due + confirmMs, worked + found.intervalMs + confirmMs + CRITICAL_WAIT_MS);
}

/** Adds to a message about many of a customer's keys those that were confirmed since, and tells whoever they concern. */
export function tellOfMore(desk: Desk, digest: Incident, more: readonly Incident[]): void {
  const { book, now, policy } = desk.context;
  const left = [...desk.leftOf(digest), ...more];
  const added = new Set(more.map(({ id }) => id));
  const textOf = (some: readonly Incident[]) =>
    `${digestText(some)}; ${some.filter(({ id }) => added.has(id)).length} of them since the message before`;
  const ids = more.flatMap(({ connection }) => connection?.id ?? []);
  const grown: Incident = {
    ...digest,
    cause: commonCause(left),
    detail: textOf(left),
    members: [...new Set([...digest.members, ...ids])],
    sequence: digest.sequence + 1,
  };
  for (const member of more) desk.tellWithin(grown, member, true);
  // Later messages go to all who were told, each of what it was told; this one to those whom it tells something new.
  const audiences = desk.audiences(grown);
  const notice = { ...digest.notice, toldAt: now, quiet: null };
  const told = book.put({ ...grown, audiences, membersTold: grown.members.length, notice });
  const concernedNow = new Set(channelsOf(audiencesOfDigest(grown, more, policy)));
  const all = audiencesOfDigest(grown, left, policy, textOf);
  for (const audience of onlyThrough(all, (channel) => concernedNow.has(channel)))
    desk.send(told, 'firing', audience);
}

/** That keys are refused for sure, which pages somebody. */
function isPage({ kind, severity }: Incident): boolean {
  return kind === 'credential_invalid' && severity === 'critical';
}
