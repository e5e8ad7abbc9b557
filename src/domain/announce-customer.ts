import type { Desk } from './announce-desk.ts';
import { audiencesOf, channelsOf } from './audience.ts';
import { concerned, digestText } from './digest.ts';
import { CRITICAL_WAIT_MS, dueSince } from './holds.ts';
import { type Incident, isDigest } from './incident.ts';

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
  const { book, now, survey, policy } = desk.context;
  const found = new Map<string, Customer>();
  const add = (key: string, more: (known: Customer) => Partial<Customer>) => {
    const known = found.get(key) ?? NOTHING;
    found.set(key, { ...known, ...more(known) });
  };
  for (const incident of book.all()) {
    const { resolvedAt, notice, group, connection, members } = incident;
    if (!isPage(incident) || resolvedAt !== null || notice.due !== null || group !== null) continue;
    if (notice.toldAt === null || now - notice.toldAt > TOGETHER_MS) continue;
    if (connection) add(keyOf(connection), ({ alone }) => ({ alone: alone + 1 }));
    else if (isDigest(incident)) {
      const [key, ...others] = new Set(
        members.map((id) => {
          const one = policy.find(id);
          return one ? keyOf(one) : '';
        }),
      );
      if (key && others.length === 0) add(key, () => ({ digest: incident }));
    }
  }
  for (const { beingConfirmed } of survey?.gateways.values() ?? []) {
    for (const one of beingConfirmed) {
      if (!book.find('credential_invalid', one.id))
        add(keyOf(one), ({ suspects }) => ({ suspects: suspects + 1 }));
    }
  }
  return (incident) =>
    (isPage(incident) && incident.connection && found.get(keyOf(incident.connection))) || NOTHING;
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
  for (const member of more) {
    const channels = channelsOf(audiencesOf(digest, [concerned(member)], policy));
    const within = { incident: digest.id, channels };
    const notice = { due: null, since: null, held: null, toldAt: now, quiet: 'grouped', within } as const;
    book.put({ ...member, group: digest.id, sequence: member.sequence + 1, notice });
  }
  const left = book.membersOf(digest).filter((member) => desk.holdOf(member) !== 'silenced');
  const causes = new Set(left.map(({ cause }) => cause));
  const ids = more.flatMap(({ connection }) => connection?.id ?? []);
  const grown: Incident = {
    ...digest,
    cause: causes.size === 1 ? (left[0]?.cause ?? null) : null,
    detail: `${digestText(left)}; ${more.length} of them since the message before`,
    members: [...new Set([...digest.members, ...ids])],
    sequence: digest.sequence + 1,
  };
  const concernedNow = new Set(channelsOf(audiencesOf(grown, more.map(concerned), policy)));
  // Later messages go to all who were told, each of what it was told; this one to those whom it tells something new.
  const audiences = desk.audiences(grown);
  const notice = { ...digest.notice, toldAt: now, quiet: null };
  const told = book.put({ ...grown, audiences, membersTold: grown.members.length, notice });
  for (const audience of audiencesOf(grown, left.map(concerned), policy)) {
    const channels = audience.channels.filter((channel) => concernedNow.has(channel));
    if (channels.length > 0) desk.send(told, 'firing', { ...audience, channels });
  }
}

/** That keys are refused for sure, which pages somebody. */
function isPage({ kind, severity }: Incident): boolean {
  return kind === 'credential_invalid' && severity === 'critical';
}

function keyOf({ gateway, tenant }: { readonly gateway: string; readonly tenant: string }): string {
  return `${gateway} ${tenant}`;
}
