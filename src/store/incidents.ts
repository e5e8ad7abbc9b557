import type { Redis } from 'ioredis';
import type { MonitorEvent } from '../domain/event.ts';
import { type Incident, isOver } from '../domain/incident.ts';
import type { Ladder } from '../domain/ladder.ts';
import type { Notification } from '../domain/notification.ts';
import { KEYS, outboxKey, pendingKey } from './keys.ts';
import type { Command } from './lease.ts';
import { StoreError } from './serialise.ts';

/** Layout of a stored incident. Another one is refused, never rewritten. */
const INCIDENT_SCHEMA = 2;

/** How long a resolved incident, and what became of its messages, can be looked up. */
export const KEEP_MS = 90 * 86_400_000;

export interface IncidentStore {
  /** Those that are open, and those of whose end somebody has yet to be told. */
  current(): Promise<Incident[]>;
  /** Resolved ones, latest end first, at most `most`. */
  past(most: number): Promise<Incident[]>;
  ladders(): Promise<Map<string, Ladder>>;
  /** The oldest events that wait for the keeper, at most `most`. */
  events(most: number): Promise<MonitorEvent[]>;
}

export function createIncidentStore(redis: Redis): IncidentStore {
  return {
    async current() {
      return (await redis.hvals(KEYS.incidents)).map(parseIncident);
    },
    async past(most) {
      return (await redis.zrevrange(KEYS.pastIncidents, 0, most - 1)).map(parseIncident);
    },
    async ladders() {
      const all = Object.entries(await redis.hgetall(KEYS.ladders));
      return new Map(all.map(([id, text]) => [id, JSON.parse(text) as Ladder]));
    },
    async events(most) {
      const texts = await redis.lrange(KEYS.events, 0, most - 1);
      return texts.map((text) => JSON.parse(text) as MonitorEvent);
    },
  };
}

function parseIncident(text: string): Incident {
  const incident = JSON.parse(text) as Incident;
  if (incident.schema === INCIDENT_SCHEMA) return incident;
  throw new StoreError(
    'newer_record',
    `Redis holds incidents of schema ${incident.schema}, this version knows ${INCIDENT_SCHEMA}: run the version that wrote them`,
  );
}

/** What a decision leaves to be written down. */
export interface Decided {
  readonly incidents: readonly Incident[];
  readonly notifications: readonly {
    readonly notification: Notification;
    readonly channels: readonly string[];
  }[];
  readonly ladders: ReadonlyMap<string, Ladder | null>;
}

/** The commands that write a decision down and take its events off the list, for one fenced commit. */
export function decisionCommands(decided: Decided, eventCount: number, now: number): Command[] {
  const { incidents, notifications, ladders } = decided;
  return [
    ...incidents.flatMap(incidentCommands),
    ...notifications.flatMap(outgoingCommands),
    ...[...ladders].map(ladderCommand),
    ...(eventCount > 0 ? [['LTRIM', KEYS.events, eventCount, -1] as const] : []),
    ['ZREMRANGEBYSCORE', KEYS.pastIncidents, '-inf', now - KEEP_MS],
  ];
}

function incidentCommands(incident: Incident): Command[] {
  const text = JSON.stringify(incident);
  if (!isOver(incident)) return [['HSET', KEYS.incidents, incident.id, text]];
  return [
    ['HDEL', KEYS.incidents, incident.id],
    ['ZADD', KEYS.pastIncidents, incident.resolvedAt ?? 0, text],
  ];
}

function ladderCommand([id, ladder]: readonly [string, Ladder | null]): Command {
  return ladder === null ? ['HDEL', KEYS.ladders, id] : ['HSET', KEYS.ladders, id, JSON.stringify(ladder)];
}

function outgoingCommands({ notification, channels }: Decided['notifications'][number]): Command[] {
  const text = JSON.stringify(notification);
  return channels.flatMap((channel): Command[] => [
    ['RPUSH', outboxKey(channel, notification.incident), text],
    ['SADD', pendingKey(channel), notification.incident],
    ['SADD', KEYS.channels, channel],
  ]);
}
