import type { ConnectionIdentity } from './connection.ts';
import type { Audience, Incident } from './incident.ts';
import { channelNamesOf, chooseChannels, type RoutingPolicy, type Subject } from './routing.ts';

/** A message names so many connections at most. */
const MOST_IDS = 50;

type What = Pick<Subject, 'kind' | 'severity' | 'cause'>;

/** A connection a message is about. */
export interface Concerned {
  readonly connection: ConnectionIdentity;
  /** Channels that replace the routes for it. */
  readonly override: readonly string[] | null;
}

/** Who is told of an incident that concerns one connection, or nobody's in particular. */
export function audienceOfOne(
  { connection, override, ...what }: Pick<Incident, 'connection' | 'override'> & What,
  policy: RoutingPolicy,
): readonly Audience[] {
  const channels = channelNamesOf(chooseChannels({ ...what, connection, override }, policy));
  if (channels.length === 0) return [];
  const ids = connection === null ? [] : [connection.id];
  return [{ channels, total: ids.length, ids, tenant: connection?.tenant ?? null }];
}

/**
 * Who is told of what concerns many: every channel that any of them would reach, each of only those connections that
 * would reach it. Channels that may see the same get the same message; `seenOf` gives what more it says of them.
 */
export function audiencesOf<One extends Concerned>(
  what: What,
  concerned: readonly One[],
  policy: RoutingPolicy,
  seenOf?: (some: readonly One[]) => Audience['seen'],
): readonly Audience[] {
  const byChannel = new Map<string, One[]>();
  for (const one of concerned) {
    const { connection, override } = one;
    for (const channel of channelNamesOf(chooseChannels({ ...what, connection, override }, policy))) {
      const some = byChannel.get(channel);
      if (some) some.push(one);
      else byChannel.set(channel, [one]);
    }
  }
  const audiences = new Map<string, Audience>();
  for (const [channel, some] of byChannel) {
    const ids = some.map(({ connection }) => connection.id).sort();
    const key = ids.join(' ');
    const same = audiences.get(key);
    if (same) {
      audiences.set(key, { ...same, channels: [...same.channels, channel] });
      continue;
    }
    const [first, ...others] = new Set(some.map(({ connection }) => connection.tenant));
    const tenant = others.length === 0 ? (first ?? null) : null;
    const seen = seenOf?.(some);
    const about = { total: ids.length, ids: ids.slice(0, MOST_IDS), tenant, ...(seen && { seen }) };
    audiences.set(key, { channels: [channel], ...about });
  }
  return [...audiences.values()];
}

/** The part of what could be told now that goes to those who were told before. */
export function amongTold(now: readonly Audience[], before: readonly Audience[]): readonly Audience[] {
  const told = new Set(channelsOf(before));
  return onlyThrough(now, (channel) => told.has(channel));
}

/**
 * Who is told again: of those who could be told now, those who were told before. Where none of them is left, as when the
 * channel got another name or the routes lead elsewhere, it is everybody: else nobody would ever hear of it again.
 */
export function toldAgain(now: readonly Audience[], before: readonly Audience[]): readonly Audience[] {
  const among = amongTold(now, before);
  return among.length === 0 ? now : among;
}

/** The part of `audiences` that is reached through none of the channels of those who are `known`. */
export function othersThan(known: readonly Audience[], audiences: readonly Audience[]): readonly Audience[] {
  const have = new Set(channelsOf(known));
  return onlyThrough(audiences, (channel) => !have.has(channel));
}

/** The part of some audiences that is reached through some of their channels. */
export function onlyThrough(
  audiences: readonly Audience[],
  wanted: (channel: string) => boolean,
): readonly Audience[] {
  return audiences.flatMap((audience) => {
    const channels = audience.channels.filter(wanted);
    return channels.length === 0 ? [] : [{ ...audience, channels }];
  });
}

/** Every channel of some audiences, each once. */
export function channelsOf(audiences: readonly Audience[]): readonly string[] {
  return [...new Set(audiences.flatMap(({ channels }) => channels))];
}
