import type { SendFailure } from '../domain/channel.ts';
import type { ChannelDelivery, Delivery, ToldBy } from '../domain/delivery.ts';
import type { HoldReason, Incident, QuietReason } from '../domain/incident.ts';
import { iso } from '../domain/notification.ts';

/** Who was told of an incident, or why not: what "why was I not told?" is answered with. */
export interface NoticeView {
  /**
   * `told`: a channel took the message, or it was handed over before that was noted. `waiting`: none has taken it yet.
   * `undelivered`: none has, and none is tried any more. `held` and `quiet`: none was handed over, for the `reason`.
   */
  readonly state: 'told' | 'waiting' | 'undelivered' | 'held' | 'quiet';
  readonly reason: HoldReason | QuietReason | null;
  /** The digest that told of it. */
  readonly digest: string | null;
  /** When the latest message was handed over for delivery. */
  readonly toldAt: string | null;
  /** The incident whose message told of it: itself, a digest, or an outage or a mass it is a part of. */
  readonly toldBy: string | null;
  /** What became of that message, channel by channel. */
  readonly deliveries: readonly DeliveryView[];
}

export interface DeliveryView {
  readonly channel: string;
  /** `unknown` is what was handed over before this was noted. */
  readonly state: 'delivered' | 'waiting' | 'given_up' | 'superseded' | 'unknown';
  /** When it was delivered, given up or dropped, or when the latest attempt failed. */
  readonly at: string | null;
  /** Since when it waits, or was tried. */
  readonly since: string | null;
  readonly attempts: number;
  /** Why the last attempt failed. */
  readonly failure: SendFailure | null;
  readonly reason: string | null;
}

/** `found` is what became of the messages of `toldBy`, and of its own in the channels that were told alone. */
export function noticeView(
  incident: Incident,
  toldBy: ToldBy | null,
  found: readonly ChannelDelivery[],
): NoticeView {
  const { notice, group } = incident;
  const byChannel = new Map(found.map((one) => [one.channel, one]));
  const channels = toldBy === null ? [] : [...(toldBy.channels ?? byChannel.keys()), ...(toldBy.alone ?? [])];
  const deliveries = channels.map((channel) => deliveryView(channel, byChannel.get(channel), notice.toldAt));
  return {
    ...stateOf(incident, toldBy, deliveries),
    digest: group,
    toldAt: notice.toldAt === null ? null : iso(notice.toldAt),
    toldBy: toldBy?.incident ?? null,
    deliveries,
  };
}

function stateOf(
  { notice }: Incident,
  toldBy: ToldBy | null,
  deliveries: readonly DeliveryView[],
): Pick<NoticeView, 'state' | 'reason'> {
  const { held, quiet, toldAt } = notice;
  const reason = held ?? quiet;
  if (held !== null) return { state: 'held', reason };
  if (quiet === 'superseded' || quiet === 'nobody_to_tell') return { state: 'quiet', reason };
  if (toldAt === null) return { state: 'held', reason };
  if (toldBy === null || toldBy.channels?.length === 0) return { state: 'quiet', reason: 'nobody_to_tell' };
  const states = new Set(deliveries.map(({ state }) => state));
  if (states.size === 0 || states.has('delivered') || states.has('unknown')) return { state: 'told', reason };
  if (states.has('waiting')) return { state: 'waiting', reason };
  return states.has('given_up') ? { state: 'undelivered', reason } : { state: 'quiet', reason: 'superseded' };
}

function deliveryView(
  channel: string,
  known: ChannelDelivery | undefined,
  handedOverAt: number | null,
): DeliveryView {
  const last = known?.last ?? null;
  if (known?.waits) {
    if (last?.result === 'retried') return { ...noted(channel, last), state: 'waiting' };
    const since = handedOverAt === null ? null : iso(handedOverAt);
    return { ...NOTHING, channel, state: 'waiting', since };
  }
  // A failed attempt of which nothing waits was somebody else's, whose message came through.
  if (last === null || last.result === 'retried') return { ...NOTHING, channel, state: 'unknown' };
  return { ...noted(channel, last), state: last.result };
}

const NOTHING = { at: null, since: null, attempts: 0, failure: null, reason: null } as const;

function noted(channel: string, last: Delivery): Omit<DeliveryView, 'state'> {
  const { at, since, attempts, failure, reason } = last;
  return { channel, at: iso(at), since: since === null ? null : iso(since), attempts, failure, reason };
}
