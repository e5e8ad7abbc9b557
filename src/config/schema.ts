import { z } from 'zod';
import { INCIDENT_CAUSES, INCIDENT_KINDS, SEVERITIES } from '../domain/incident.ts';
import { channelNames, duration, instant, integer, labels, line, reference } from './schema-values.ts';
import { expected } from './wording.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const interval = duration(
  { min: 5 * SECOND, max: DAY },
  { description: 'Time between two checks of a connection.', examples: ['5m', '1m'] },
);
const timeout = duration(
  { min: 100, max: HOUR },
  { description: 'Longest wait for an answer; less than the interval.', examples: ['10s'] },
);
const confirmations = integer(
  { min: 2, max: 20 },
  { description: 'Rejections in a row that confirm one; never fewer than 2.', examples: [3] },
);
const secretMaxAge = duration(
  { min: DAY, max: 3_650 * DAY },
  { description: 'How old a secret may become by policy, counted from secretIssuedAt.', examples: ['90d'] },
);
const region = z.enum(['global', 'uk', 'us']).meta({
  description: "Mimecast's gateway: the global one, which fails over, or an instance.",
  examples: ['us'],
});
const baseUrl = z.string({ error: expected('a URL such as https://us-api.services.mimecast.com') }).meta({
  description: 'The gateway as a URL, instead of region; see checks.allowedHosts.',
  examples: ['https://us-api.services.mimecast.com'],
});
const labelMap = labels({
  description: 'Become alert labels and labels of the info metric.',
  examples: [{ tier: 'gold' }],
});
const ownChannels = channelNames({ description: 'Channels that replace the routes.', examples: [['soc']] });

const vendorCodes = z
  .array(z.string().min(1).max(64))
  .meta({ description: 'More error codes with this meaning.', examples: [['some_vendor_code']] })
  .prefault([]);

/** A host name as a browser would show it; no scheme, port or path. */
const hostName = z.string().regex(/^(?!-)[a-z0-9.-]{1,253}$|^\[[0-9a-f:.]+\]$/, {
  error: 'must be a host name alone, in lower case, such as mimecast-proxy.example.com',
});

export const checksSchema = z
  .strictObject({
    interval: interval.prefault('5m'),
    timeout: timeout.prefault('10s'),
    confirmations: confirmations.prefault(3),
    confirmDelay: duration(
      { min: 500, max: HOUR },
      { description: 'Time between two rejections that both count.', examples: ['15s'] },
    ).prefault('15s'),
    unverifiableAfter: duration(
      { min: SECOND, max: 30 * DAY },
      {
        description: 'How long nothing certain may be known before that itself is trouble.',
        examples: ['30m'],
      },
    ).prefault('30m'),
    concurrency: integer(
      { min: 1, max: 1_000 },
      { description: 'Exchanges in flight per gateway and process.', examples: [50] },
    ).prefault(50),
    maxPerSecond: integer(
      { min: 1, max: 100_000 },
      { description: 'Exchanges per second per gateway over all processes.', examples: [100] },
    ).prefault(100),
    allowedHosts: z
      .array(hostName)
      .meta({
        description: 'Hosts that may get secrets beyond *.services.mimecast.com and loopback.',
        examples: [['mimecast-proxy.example.com']],
      })
      .prefault([]),
    codes: z
      .strictObject({ rejected: vendorCodes, forbidden: vendorCodes, expired: vendorCodes })
      .meta({
        description: 'More vendor error codes, beyond the built-in ones.',
        examples: [{ rejected: ['some_code'] }],
      })
      .prefault({}),
  })
  .meta({ description: 'How connections are checked.', examples: [{ interval: '5m' }] })
  .prefault({});

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

export const redisSchema = z
  .strictObject({
    url: reference({
      description:
        'redis:// or rediss:// URL; wins over REDIS_URL. Neither: an embedded server under dataDir.',
      examples: [{ env: 'MY_REDIS' }],
    }).optional(),
  })
  .meta({ description: 'Where state is kept.', examples: [{ url: { env: 'MY_REDIS' } }] })
  .prefault({});

export const httpSchema = z
  .strictObject({
    listen: z
      .string({ error: expected('an address and a port such as 127.0.0.1:9464') })
      .meta({ description: 'Address and port of metrics, API and page.', examples: ['127.0.0.1:9464'] })
      .prefault('127.0.0.1:9464'),
    token: reference({
      description:
        'Bearer token, or the password of Basic; needed for all but /healthz and /readyz once set.',
      examples: [{ file: '/run/secrets/monitor_token' }],
    }).optional(),
    allowUnauthenticated: z
      .boolean()
      .meta({ description: 'Must be true to listen beyond loopback without a token.', examples: [false] })
      .prefault(false),
    tls: z
      .strictObject({
        cert: z
          .string()
          .min(1)
          .meta({ description: 'PEM file of the certificate chain.', examples: ['./tls/cert.pem'] }),
        key: z
          .string()
          .min(1)
          .meta({ description: 'PEM file of the private key.', examples: ['./tls/key.pem'] }),
      })
      .meta({ description: 'Serve https.', examples: [{ cert: './tls/cert.pem', key: './tls/key.pem' }] })
      .optional(),
  })
  .meta({ description: 'The HTTP server.', examples: [{ listen: '127.0.0.1:9464' }] })
  .prefault({});

const shared = {
  region: region.optional(),
  baseUrl: baseUrl.optional(),
  interval: interval.optional(),
  timeout: timeout.optional(),
  confirmations: confirmations.optional(),
  secretMaxAge: secretMaxAge.optional(),
  labels: labelMap.optional(),
  channels: ownChannels.optional(),
};

export const defaultsSchema = z
  .strictObject(shared)
  .meta({ description: 'For every connection that does not say otherwise.', examples: [{ region: 'us' }] })
  .prefault({});
export type Defaults = z.output<typeof defaultsSchema>;

export const CONNECTION_ID = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const ID_HINT =
  'lower-case letters, digits, . _ and -, starting with a letter or digit, at most 63, such as acme-siem';

export const connectionSchema = z
  .strictObject({
    id: z
      .string({ error: expected(`an id: ${ID_HINT}`) })
      .regex(CONNECTION_ID, { error: `must be ${ID_HINT}` })
      .meta({ description: 'Unique name of the connection.', examples: ['acme-siem'] }),
    tenant: line(200, {
      description: 'The customer who owns the keys; the id when left out.',
      examples: ['Acme Corp'],
    }).optional(),
    clientId: reference({
      description: 'Client ID of the API application.',
      examples: ['abc123', { env: 'ACME_ID' }],
    }),
    clientSecret: reference({
      description: 'Client secret. A literal is refused when others may read the file.',
      examples: [{ file: '/run/secrets/acme' }],
    }),
    ...shared,
    secretExpiresAt: instant('When the secret expires, as agreed with the customer.').optional(),
    secretIssuedAt: instant('When the secret was issued; together with secretMaxAge.').optional(),
    enabled: z
      .boolean()
      .meta({ description: 'false: known but not checked.', examples: [true] })
      .prefault(true),
  })
  .meta({
    description: 'One Mimecast API 2.0 key pair.',
    examples: [{ id: 'acme-siem', clientId: 'abc123', clientSecret: { file: '/run/secrets/acme' } }],
  });
export type RawConnection = z.output<typeof connectionSchema>;

export const includeSchema = z
  .array(z.string({ error: expected('a file name or pattern such as tenants.d/*.yaml') }).min(1))
  .meta({
    description: 'Files with more connections: YAML, JSON, or *.ndjson with one object per line.',
    examples: [['tenants.d/*.yaml']],
  })
  .prefault([]);

export const versionSchema = z
  .literal(1, { error: expected('1, as in version: 1') })
  .meta({ description: 'Version of this format.', examples: [1] });
