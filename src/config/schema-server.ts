import { z } from 'zod';
import { reference } from './schema-values.ts';
import { expected } from './wording.ts';

export const redisSchema = z
  .strictObject({
    url: reference({
      description:
        'redis://, rediss:// or redis+sentinel:// URL; wins over REDIS_URL. Neither: an embedded server under dataDir.',
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
