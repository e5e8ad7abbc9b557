import { type HoldReason, type Incident, isDigest } from './incident.ts';
import type { IncidentBook } from './incident-book.ts';
import type { Silence } from './silence.ts';
import { silencing } from './silence.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** What pages somebody waits only as long as it takes for others of its kind to come due. */
export const CRITICAL_WAIT_MS = 3 * SECOND;
/** A warning may wait until no more of its kind come, so that a first start with many typing errors is one message. */
const QUIET_MS = 30 * SECOND;
const WARNING_WAIT_MS = 5 * MINUTE;
const LONGEST_TURN_MS = 10 * MINUTE;
/** After an outage a connection with a very long interval is not waited for to its next turn. */
export const LONGEST_SETTLE_MS = 30 * MINUTE;

/** What keeps the message of an incident back, company aside; null when nothing does. */
export function holdOf(
  incident: Incident,
  book: IncidentBook,
  silences: readonly Silence[],
  now: number,
): HoldReason | null {
  if (isSilenced(incident, book, silences, now)) return 'silenced';
  const { kind, cause, severity, connection, evidence } = incident;
  if (connection === null) return null;
  if (kind === 'credential_unverifiable' && evidence?.verdict !== 'secret_unavailable') {
    if (book.find('gateway_outage', connection.gateway)) return 'outage';
  }
  // Critical ones began with keys that worked: a secret that was replaced meanwhile is refused like all others.
  if (kind === 'credential_invalid' && (cause !== 'never_valid' || severity === 'critical')) {
    const mass = book.find('mass_rejection', connection.gateway);
    if (mass && membersOf(mass).has(connection.id)) return 'mass_rejection';
  }
  return null;
}

/** A digest is silenced when all that is left of it is. */
function isSilenced(
  incident: Incident,
  book: IncidentBook,
  silences: readonly Silence[],
  now: number,
): boolean {
  if (silences.length === 0) return false;
  const { kind, connection, subject } = incident;
  if (isDigest(incident)) {
    const left = book.membersOf(incident);
    if (left.length > 0) return left.every((member) => isSilenced(member, book, silences, now));
  }
  const aboutGateway = kind === 'gateway_outage' || kind === 'mass_rejection';
  const gateways = connection === null && aboutGateway && subject !== null ? { gateways: [subject] } : {};
  return silencing({ kind, connection, ...gateways }, silences, now) !== null;
}

const memberSets = new WeakMap<Incident, ReadonlySet<string>>();

/** Thousands of incidents may ask for the thousands of members of the same mass. */
function membersOf(mass: Incident): ReadonlySet<string> {
  const known = memberSets.get(mass) ?? new Set(mass.members);
  memberSets.set(mass, known);
  return known;
}

/** Incidents whose messages belong together: of one kind and severity, and of one gateway or one `source` of secrets. */
export function companyOf({ id, kind, severity, connection }: Incident, source: string | null): string {
  if (connection === null) return id;
  return `${kind} ${severity} ${source ?? connection.gateway}`;
}

/** Since when a message is due. After a clock was set back that may seem to be in the future, but never further than a settling outage puts it. */
export function dueSince({ notice, startedAt }: Incident, now: number): number {
  const since = notice.since ?? startedAt;
  return since > now + LONGEST_SETTLE_MS ? now : since;
}

/** When a message may leave that came due with these others of its company; `intervalOf` gives a connection's, in ms. */
export function ripeAt(
  company: readonly Incident[],
  intervalOf: (id: string) => number,
  now: number,
): number {
  const times = company.map((incident) => dueSince(incident, now));
  // Not with the spread of an array: thousands of arguments are more than a call may have.
  const oldest = times.reduce((least, time) => Math.min(least, time));
  const newest = times.reduce((most, time) => Math.max(most, time));
  const [first] = company;
  if (!first || first.connection === null) return oldest;
  if (first.kind === 'credential_unverifiable' && first.severity === 'warning') {
    // Whatever fails them all reaches each at its own turn, and half an hour has passed already.
    const turns = company.map(({ connection }) => intervalOf(connection?.id ?? ''));
    const turn = turns.reduce((most, one) => Math.max(most, one));
    return oldest + Math.max(QUIET_MS, Math.min(1.2 * turn, LONGEST_TURN_MS));
  }
  if (first.severity === 'critical' || first.kind === 'credential_expiring') return oldest + CRITICAL_WAIT_MS;
  return Math.min(newest + QUIET_MS, oldest + WARNING_WAIT_MS);
}
