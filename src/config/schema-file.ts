import { z } from 'zod';
import type { ChannelTypes, OptionSpec } from '../domain/channel.ts';
import { expirySchema, heartbeatSchema, massRejectionSchema, routeSchema } from './schema-alerts.ts';
import { checksSchema } from './schema-checks.ts';
import { connectionSchema, defaultsSchema } from './schema-connection.ts';
import { httpSchema, redisSchema } from './schema-server.ts';
import { CHANNEL_NAME, duration, reference } from './schema-values.ts';
import { expected } from './wording.ts';

const includeSchema = z
  .array(z.string({ error: expected('a file name or pattern such as tenants.d/*.yaml') }).min(1))
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
        examples: [[{ id: 'acme-siem', clientId: 'abc123', clientSecret: { file: '/run/secrets/acme' } }]],
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
            error: 'must be a name of lower-case letters, digits, _ and -, such as soc',
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

function channelSchema(channelTypes: ChannelTypes) {
  const variants = Object.entries(channelTypes).map(([type, options]) => {
    const shape = Object.fromEntries(
      Object.entries(options).map(([name, spec]) => [name, optionSchema(spec)]),
    );
    const tag = z.literal(type).meta({ description: 'The type of the channel.', examples: [type] });
    return z.strictObject({ type: tag, ...shape }).meta({ description: `A channel of type ${type}.` });
  });
  const [first, ...rest] = variants;
  if (first === undefined) throw new Error('There must be at least one type of channel.');
  return z.discriminatedUnion('type', [first, ...rest]);
}

/** What one option of a channel must be. */
export function optionSchema(spec: OptionSpec): z.ZodType {
  const schema = optionValue(spec);
  return spec.required ? schema : schema.optional();
}

function optionValue(spec: OptionSpec): z.ZodType {
  const { description } = spec;
  switch (spec.kind) {
    case 'reference':
      return reference({ description, examples: [{ env: 'NAME' }, { file: '/run/secrets/name' }] });
    case 'string':
      return z
        .string()
        .min(1)
        .meta({ description, examples: ['text'] });
    case 'strings':
      return z
        .array(z.string().min(1))
        .min(1)
        .meta({ description, examples: [['a', 'b']] });
    case 'path':
      return z
        .string()
        .min(1)
        .meta({
          description: `${description} Relative paths start at this file.`,
          examples: ['./tls/ca.pem'],
        });
    case 'integer':
      return z.int({ error: expected('a whole number') }).meta({ description, examples: [1] });
    case 'boolean':
      return z.boolean().meta({ description, examples: [true] });
    case 'duration':
      return duration({ min: 1, max: 365 * 86_400_000 }, { description, examples: ['30s'] });
    default:
      return spec.kind satisfies never;
  }
}
