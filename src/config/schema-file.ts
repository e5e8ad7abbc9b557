import { z } from 'zod';
import type { ChannelTypes } from '../domain/channel.ts';
import { meantId } from './meant.ts';
import { expirySchema, heartbeatSchema, massRejectionSchema, routeSchema } from './schema-alerts.ts';
import { channelSchema } from './schema-channel.ts';
import { checksSchema } from './schema-checks.ts';
import { connectionSchema, defaultsSchema } from './schema-connection.ts';
import { httpSchema, redisSchema } from './schema-server.ts';
import { CHANNEL_NAME, duration } from './schema-values.ts';
import { expected } from './wording.ts';

const includeSchema = z
  .array(
    z
      .string({ error: expected('a file name or pattern such as tenants.d/*.yaml') })
      .min(1)
      .meta({ description: 'A file or a pattern; relative to this file.', examples: ['tenants.d/*.yaml'] }),
  )
  .meta({
    description: 'Files with more connections: YAML, JSON, or *.ndjson with one object per line.',
    examples: [['tenants.d/*.yaml']],
  })
  .prefault([]);

const followSymlinksSchema = z
  .boolean({ error: expected('true or false') })
  .meta({
    description:
      'Whether included files may be symbolic links to places outside of the folder of this file and of the pattern.',
    examples: [true],
  })
  .prefault(false);

const versionSchema = z
  .literal(1, { error: expected('1, as in version: 1') })
  .meta({ description: 'Version of this format.', examples: [1] });

/** The sections of the main file except `connections`, which are read one by one. */
export function sectionSchemas(channelTypes: ChannelTypes) {
  return {
    version: versionSchema,
    checks: checksSchema,
    expiry: expirySchema,
    alerts: alertsSchema(channelTypes),
    redis: redisSchema,
    dataDir: z
      .string()
      .min(1)
      .meta({
        description: 'Folder of the embedded Redis server; relative to this file.',
        examples: ['./data'],
      })
      .prefault('./data'),
    secretsDir: z
      .string()
      .min(1)
      .meta({
        description:
          'Folder where add and import put secrets, one file for each connection; relative to this file.',
        examples: ['./secrets.d'],
      })
      .prefault('./secrets.d'),
    http: httpSchema,
    defaults: defaultsSchema,
    include: includeSchema,
    followSymlinks: followSymlinksSchema,
  };
}

/** `$schema` lets editors find the JSON Schema from a config written as JSON. */
export const OTHER_KEYS = ['connections', '$schema'] as const;

/** The whole main file, for the JSON Schema. */
export function fileSchema(channelTypes: ChannelTypes) {
  return z.strictObject({
    $schema: z
      .string()
      .meta({ description: 'Where editors find the JSON Schema of this file.', examples: ['./schema.json'] })
      .optional(),
    ...sectionSchemas(channelTypes),
    connections: z
      .array(connectionSchema)
      .meta({
        description: 'The key pairs to watch.',
        examples: [
          [
            {
              id: 'acme-siem',
              region: 'us',
              clientId: 'abc123',
              clientSecret: { file: '/run/secrets/acme' },
            },
          ],
        ],
      })
      .prefault([]),
  });
}

function alertsSchema(channelTypes: ChannelTypes) {
  return z
    .strictObject({
      reminderEvery: duration(
        { min: 60_000, max: 30 * 86_400_000 },
        { description: 'How often an open incident is told again.', examples: ['24h'] },
      ).prefault('24h'),
      massRejection: massRejectionSchema,
      channels: z
        .record(
          z.string().regex(CHANNEL_NAME, {
            error: ({ input }) =>
              `must be a name of lower-case letters, digits, _ and -${meantId(input, CHANNEL_NAME) || ', such as soc'}`,
          }),
          channelSchema(channelTypes),
        )
        .meta({ description: 'Where notifications go, by name.', examples: [{ console: { type: 'log' } }] })
        .prefault({}),
      routes: z
        .array(routeSchema)
        .meta({
          description:
            'First match wins, continue: true goes on; nothing matched: every channel not chosen for particular customers.',
          examples: [[{ match: { severity: 'critical' }, channels: ['soc'] }]],
        })
        .prefault([]),
      heartbeat: heartbeatSchema.optional(),
    })
    .meta({ description: 'Who is told.', examples: [{ channels: { console: { type: 'log' } } }] })
    .prefault({});
}
