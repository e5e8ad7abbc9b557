import { z } from 'zod';
import { SEND_FAILURES } from '../domain/channel.ts';
import { INCIDENT_KINDS } from '../domain/incident.ts';
import { PERMISSION_STATES } from '../domain/permission.ts';
import { SILENCE_STATUSES } from '../domain/silence.ts';
import { STATES } from '../domain/state.ts';
import { VERDICTS } from '../domain/verdict.ts';

/** The bodies of the HTTP API, as the commands read them; a newer monitor may send more. */

const time = z.string().nullable();

const connection = z.object({
  id: z.string(),
  tenant: z.string(),
  gateway: z.string(),
  state: z.enum(STATES),
  since: time,
  lastCheckAt: time,
  lastVerdict: z.enum(VERDICTS).nullable(),
  lastSuccessAt: time,
  consecutiveRejections: z.number(),
  secretExpiresAt: time,
  /** A monitor of a version that knew no probes sends none. */
  permission: z.enum(PERMISSION_STATES).nullable().default(null),
  expiryOutdated: z.boolean().default(false),
  labels: z.record(z.string(), z.string()),
});

export const connectionsAnswer = z.object({ connections: z.array(connection) });
export type ReportedConnection = Readonly<z.infer<typeof connection>>;

const delivery = z.object({
  channel: z.string(),
  state: z.enum(['delivered', 'waiting', 'given_up', 'superseded', 'unknown']),
  at: time,
  since: time,
  attempts: z.number(),
  failure: z.enum(SEND_FAILURES).nullable(),
  reason: z.string().nullable(),
});
export type ReportedDelivery = Readonly<z.infer<typeof delivery>>;

const incident = z.object({
  id: z.string(),
  kind: z.enum(INCIDENT_KINDS),
  cause: z.string().nullable(),
  severity: z.string(),
  connection: z.object({ id: z.string(), tenant: z.string() }).nullable(),
  connections: z.object({ total: z.number() }).nullable(),
  subject: z.string().nullable(),
  channels: z.array(z.string()),
  startedAt: z.string(),
  notice: z.object({
    state: z.enum(['told', 'waiting', 'undelivered', 'held', 'quiet']),
    reason: z.string().nullable(),
    digest: z.string().nullable(),
    toldAt: time,
    toldBy: z.string().nullable(),
    deliveries: z.array(delivery),
  }),
});

export const incidentsAnswer = z.object({ incidents: z.array(incident) });
export type ReportedIncident = Readonly<z.infer<typeof incident>>;

export const reloadAnswer = z.object({
  added: z.number(),
  removed: z.number(),
  changed: z.number(),
  unchanged: z.number(),
  warnings: z.array(z.string()),
});
export type ReloadDifference = Readonly<z.infer<typeof reloadAnswer>>;

export const silenceAnswer = z.object({
  id: z.string(),
  status: z.enum(SILENCE_STATUSES),
  match: z.object({
    connection: z.string().optional(),
    tenant: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    gateway: z.string().optional(),
    kind: z.enum(INCIDENT_KINDS).optional(),
  }),
  startsAt: z.string(),
  endsAt: z.string(),
  reason: z.string(),
  author: z.string(),
  createdAt: z.string(),
});
export type ReportedSilence = Readonly<z.infer<typeof silenceAnswer>>;

export const silencesAnswer = z.object({ silences: z.array(silenceAnswer) });

/** An RFC 9457 problem document, with the mistakes of a refused config. */
export const problemAnswer = z.object({
  detail: z.string(),
  issues: z.array(z.string()).default([]),
});
