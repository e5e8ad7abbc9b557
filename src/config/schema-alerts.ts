import { z } from 'zod';
import { INCIDENT_CAUSES, INCIDENT_KINDS, SEVERITIES } from '../domain/incident.ts';
import { DAY, HOUR, SECOND } from './schema-units.ts';
import { channelNames, duration, integer, labels, line, reference } from './schema-values.ts';

export const expirySchema = z
  .strictObject({
    warnBefore: z
      .array(
        duration({ min: HOUR, max: 3_650 * DAY }, { description: 'One warning.', examples: ['30d', '1d'] }),
      )
      .meta({
        description: 'When to warn before a declared expiry; the last warning is critical.',
        examples: [['30d', '14d', '7d', '3d', '1d']],
      })
      .prefault(['30d', '14d', '7d', '3d', '1d']),
  })
  .meta({
    description: 'Warnings before a declared expiry of a secret.',
    examples: [{ warnBefore: ['30d', '7d'] }],
  })
  .prefault({});

export const massRejectionSchema = z
  .strictObject({
    atLeast: integer(
      { min: 2, max: 100_000 },
      { description: 'Fewer first rejections within two minutes are told of one by one.', examples: [10] },
    ).prefault(10),
    percent: integer(
      { min: 1, max: 100 },
      { description: 'And of what share of the connections checked in that time.', examples: [5] },
    ).prefault(5),
  })
  .meta({
    description: 'When connections of several customers that are refused at the same time are one message.',
    examples: [{ atLeast: 10, percent: 5 }],
  })
  .prefault({});

export const routeSchema = z
  .strictObject({
    match: z
      .strictObject({
        kind: z
          .enum(INCIDENT_KINDS)
          .meta({ description: 'Kind of incident.', examples: ['credential_invalid'] })
          .optional(),
        severity: z
          .enum(SEVERITIES)
          .meta({ description: 'Severity.', examples: ['critical'] })
          .optional(),
        cause: z
          .enum(INCIDENT_CAUSES)
          .meta({ description: 'Cause.', examples: ['revoked'] })
          .optional(),
        tenant: line(200, { description: 'The customer, exactly.', examples: ['Acme Corp'] }).optional(),
        gateway: z
          .string()
          .regex(/^https?:\/\/[^/?#@\s]+$/, {
            error: 'must be an origin such as https://us-api.services.mimecast.com',
          })
          .meta({
            description: 'The gateway, by its origin.',
            examples: ['https://us-api.services.mimecast.com'],
          })
          .optional(),
        labels: labels({
          description: 'Labels that must all match.',
          examples: [{ tier: 'gold' }],
        }).optional(),
      })
      .meta({
        description: 'Every given field must match; none matches everything.',
        examples: [{ severity: 'critical' }],
      })
      .prefault({}),
    channels: channelNames({ description: 'Channels that are told.', examples: [['soc']] }),
    continue: z
      .boolean()
      .meta({ description: 'Look at the next routes too.', examples: [true] })
      .prefault(false),
  })
  .meta({ description: 'Who is told about what; the first match wins.', examples: [{ channels: ['soc'] }] });

export const heartbeatSchema = z
  .strictObject({
    url: reference({
      description: "Asked with GET, as healthchecks.io, Dead Man's Snitch and Uptime Kuma take it.",
      examples: [{ env: 'HEARTBEAT_URL' }],
    }),
    interval: duration(
      { min: SECOND, max: HOUR },
      { description: 'Time between two signs of life.', examples: ['1m'] },
    ).prefault('1m'),
  })
  .meta({
    description: "A dead-man's switch elsewhere, told only while checks complete on time.",
    examples: [{ url: { env: 'HEARTBEAT_URL' } }],
  });
