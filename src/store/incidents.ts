import type { Redis } from 'ioredis';
import type { MonitorEvent } from '../domain/event.ts';
import { type Incident, incidentKey } from '../domain/incident.ts';
import type { Notification } from '../domain/notification.ts';
import { KEYS, outboxKey, pendingKey } from './keys.ts';
import type { Command } from './lease.ts';

/** How long a resolved incident can be looked up. */
const KEEP_MS = 90 * 86_400_000;

export interface IncidentStore {
  open(): Promise<Incident[]>;
  /** Resolved ones, latest end first, at most `most`. */
  past(most: number): Promise<Incident[]>;
  /** The oldest events that wait for the keeper, at most `most`. */
  events(most: number): Promise<MonitorEvent[]>;
}

export function createIncidentStore(redis: Redis): IncidentStore {
  return {
    async open() {
      return (await redis.hvals(KEYS.incidents)).map(parseIncident);
    },
    async past(most) {
      return (await redis.zrevrange(KEYS.pastIncidents, 0, most - 1)).map(parseIncident);
    },
    async events(most) {
      const texts = await redis.lrange(KEYS.events, 0, most - 1);
      return texts.map((text) => JSON.parse(text) as MonitorEvent);
    },
  };
}

function parseIncident(text: string): Incident {
  return JSON.parse(text) as Incident;
}

export interface Outgoing {
  readonly notification: Notification;
  readonly channels: readonly string[];
}

/** The commands that write a decision down and take its events off the list, for one fenced commit. */
export function decisionCommands(
  incidents: readonly Incident[],
  outgoing: readonly Outgoing[],
  eventCount: number,
  now: number,
): Command[] {
  return [
    ...incidents.flatMap(incidentCommands),
    ...outgoing.flatMap(outgoingCommands),
    ...(eventCount > 0 ? [['LTRIM', KEYS.events, eventCount, -1] as const] : []),
    ['ZREMRANGEBYSCORE', KEYS.pastIncidents, '-inf', now - KEEP_MS],
  ];
}

function incidentCommands(incident: Incident): Command[] {
  const key = incidentKey(incident.kind, incident.connection?.id ?? null);
  const text = JSON.stringify(incident);
  if (incident.resolvedAt === null) return [['HSET', KEYS.incidents, key, text]];
  return [
    ['HDEL', KEYS.incidents, key],
    ['ZADD', KEYS.pastIncidents, incident.resolvedAt, text],
  ];
}

function outgoingCommands({ notification, channels }: Outgoing): Command[] {
  const text = JSON.stringify(notification);
  return channels.flatMap((channel): Command[] => [
    ['RPUSH', outboxKey(channel, notification.incident), text],
    ['SADD', pendingKey(channel), notification.incident],
    ['SADD', KEYS.channels, channel],
  ]);
}
