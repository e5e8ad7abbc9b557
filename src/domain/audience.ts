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
 * would reach it. Channels that may see the same get the same message.
 */
export function audiencesOf(
  what: What,
  concerned: readonly Concerned[],
  policy: RoutingPolicy,
): readonly Audience[] {
  const byChannel = new Map<string, ConnectionIdentity[]>();
  for (const { connection, override } of concerned) {
    for (const channel of channelNamesOf(chooseChannels({ ...what, connection, override }, policy))) {
      const seen = byChannel.get(channel);
      if (seen) seen.push(connection);
      else byChannel.set(channel, [connection]);
    }
  }
  const audiences = new Map<string, Audience>();
  for (const [channel, seen] of byChannel) {
    const ids = seen.map(({ id }) => id).sort();
    const key = ids.join(' ');
    const same = audiences.get(key);
    const channels = same ? [...same.channels, channel] : [channel];
    const [first, ...others] = new Set(seen.map(({ tenant }) => tenant));
    const tenant = others.length === 0 ? (first ?? null) : null;
    audiences.set(key, { channels, total: ids.length, ids: ids.slice(0, MOST_IDS), tenant });
  }
  return [...audiences.values()];
}

/** The part of what could be told now that goes to those who were told before. */
export function amongTold(now: readonly Audience[], before: readonly Audience[]): readonly Audience[] {
  const told = new Set(channelsOf(before));
  return onlyThrough(now, (channel) => told.has(channel));
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
