import { z } from 'zod';
import { isServedGlobally, type Region } from '../domain/gateway.ts';
import { meantId } from './meant.ts';
import { probeSchema } from './schema-probe.ts';
import { confirmations, interval, timeout } from './schema-timing.ts';
import { DAY } from './schema-units.ts';
import {
  channelNames,
  duration,
  instant,
  labels,
  line,
  reference,
  referenceElsewhere,
} from './schema-values.ts';
import { expected, oneOf } from './wording.ts';

const REGION_NAMES = ['global', 'uk', 'us'] as const satisfies readonly Region[];

const secretMaxAge = duration(
  { min: DAY, max: 3_650 * DAY },
  { description: 'How old a secret may become by policy, counted from secretIssuedAt.', examples: ['90d'] },
);

const region = z
  .enum(REGION_NAMES, {
    error: (issue) =>
      typeof issue.input === 'string' && isServedGlobally(issue.input.toLowerCase())
        ? `must be ${oneOf(REGION_NAMES, null)}; write global, which serves the other instances`
        : expected(oneOf(REGION_NAMES, issue.input))(issue),
  })
  .meta({
    description:
      "Mimecast's gateway: that of the UK or the US, or the global one, which serves every instance and fails over.",
    examples: ['us', 'global'],
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

const shared = {
  region: region.optional(),
  baseUrl: baseUrl.optional(),
  interval: interval.optional(),
  timeout: timeout.optional(),
  confirmations: confirmations.optional(),
  secretMaxAge: secretMaxAge.optional(),
  labels: labelMap.optional(),
  channels: ownChannels.optional(),
  probe: probeSchema.optional(),
};

export const defaultsSchema = z
  .strictObject({
    clientId: referenceElsewhere({
      description: 'Where the client IDs are found, e.g. by {id}. Never a literal.',
      examples: [{ file: '/run/secrets/' }],
    }).optional(),
    clientSecret: referenceElsewhere({
      description: 'Where the client secrets are found, e.g. by {id}. Never a literal.',
      examples: [{ exec: ['vault', 'kv', 'get', '-mount=secret', '-field=client_secret', 'mimecast/{id}'] }],
    }).optional(),
    ...shared,
  })
  .meta({ description: 'For every connection that does not say otherwise.', examples: [{ region: 'us' }] })
  .prefault({});

export const CONNECTION_ID = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const ID_HINT =
  'lower-case letters, digits, . _ and -, starting with a letter or digit, at most 63, such as acme-siem';

export const connectionSchema = z
  .strictObject({
    id: z
      .string({ error: expected(`an id: ${ID_HINT}`) })
      .regex(CONNECTION_ID, {
        error: ({ input }) => `must be ${ID_HINT}${meantId(input, CONNECTION_ID)}`,
      })
      .meta({ description: 'Unique name of the connection.', examples: ['acme-siem'] }),
    tenant: line(200, {
      description: 'The customer who owns the keys; the id when left out.',
      examples: ['Acme Corp'],
    }).optional(),
    clientId: reference({
      description: 'Client ID of the API application; needed unless defaults say where it is found.',
      examples: ['abc123', { env: 'ACME_ID' }],
    }).optional(),
    clientSecret: reference({
      description:
        'Client secret; needed unless defaults say where it is found. A literal is refused when others may read the file.',
      examples: [{ file: '/run/secrets/acme' }],
    }).optional(),
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
    examples: [
      { id: 'acme-siem', region: 'us', clientId: 'abc123', clientSecret: { file: '/run/secrets/acme' } },
    ],
  });
export type RawConnection = z.output<typeof connectionSchema>;
