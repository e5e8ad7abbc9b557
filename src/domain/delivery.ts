import { channelsOf } from './audience.ts';
import type { Failed } from './channel.ts';
import type { ConnectionIdentity } from './connection.ts';
import type { Audience, Incident } from './incident.ts';
import type { Notification } from './notification.ts';

/**
 * What became of an incident's last message in one channel, as who sent it notes it: nobody else writes these. Times are
 * epoch milliseconds.
 */
export interface Delivery {
  /** `retried` waits for another attempt; `superseded` was dropped unsent because it was no news any more. */
  readonly result: 'delivered' | 'retried' | 'given_up' | 'superseded';
  readonly notification: string;
  readonly at: number;
  /** When it was tried first; null when it never was. */
  readonly since: number | null;
  readonly attempts: number;
  readonly failure: Failed['failure'] | null;
  readonly reason: string | null;
}

/** What there is to know of one incident's messages in one channel. */
export interface ChannelDelivery {
  readonly channel: string;
  /** What became of the latest message that was tried or dropped; null before the first. */
  readonly last: Delivery | null;
  /** A message waits to be sent, or to be sent again. */
  readonly waits: boolean;
}

/** Longer reasons add nothing. */
const LONGEST_REASON = 200;

/** What is noted of a message that was dealt with. */
export function deliveryOf(
  { id }: Notification,
  result: Delivery['result'],
  { at, since, attempts }: Pick<Delivery, 'at' | 'since' | 'attempts'>,
  why: Pick<Delivery, 'failure' | 'reason'>,
): Delivery {
  const reason = why.reason?.slice(0, LONGEST_REASON) ?? null;
  return { result, notification: id, at, since, attempts, failure: why.failure, reason };
}

/** Whose messages told of an incident last: its own, or those of what tells of many. */
export interface ToldBy {
  readonly incident: string;
  /** The channels whose copy is about it too; null for all that got one. */
  readonly channels: readonly string[] | null;
  /** Channels that were told by a message of the incident's own beside it. */
  readonly alone?: readonly string[];
}

/**
 * Finds whose message told of an incident, null where nobody's did; `open` are the incidents of which one may speak for
 * others.
 */
export function createToldBy(open: readonly Incident[]): (incident: Incident) => ToldBy | null {
  const byId = new Map(open.map((incident) => [incident.id, incident]));
  const fleetWide = new Map<string, Incident>();
  for (const incident of open) {
    const { kind, subject, resolvedAt } = incident;
    const speaks = kind === 'gateway_outage' || kind === 'mass_rejection';
    if (speaks && subject !== null && resolvedAt === null) fleetWide.set(`${kind} ${subject}`, incident);
  }
  return (incident) => {
    const { id, connection, notice, group, audiences } = incident;
    const { held, toldAt, within, quiet } = notice;
    const kind = held === 'outage' ? 'gateway_outage' : held === 'mass_rejection' ? held : null;
    const speaker = kind && connection && fleetWide.get(`${kind} ${connection.gateway}`);
    if (speaker && connection && speaker.notice.toldAt !== null) {
      return { incident: speaker.id, channels: channelsThatName(connection, speaker.audiences) };
    }
    if (within) return within;
    if (group !== null && quiet === 'grouped') {
      // No channel was configured for the digest, or it was written before it was noted which channels name whom.
      const digest = byId.get(group);
      return digest && digest.notice.toldAt === null ? null : { incident: group, channels: null };
    }
    return toldAt === null ? null : { incident: id, channels: channelsOf(audiences) };
  };
}

/** A message names the first fifty and counts the others: of one that is cut short only a stranger's can be told apart. */
function channelsThatName(
  { id, tenant }: ConnectionIdentity,
  audiences: readonly Audience[],
): readonly string[] {
  const named = audiences.filter(
    (one) =>
      one.ids.includes(id) || (one.total > one.ids.length && (one.tenant === null || one.tenant === tenant)),
  );
  return channelsOf(named);
}
