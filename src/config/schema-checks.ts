import { z } from 'zod';
import { confirmations, interval, timeout } from './schema-timing.ts';
import { DAY, HOUR, SECOND } from './schema-units.ts';
import { duration, integer } from './schema-values.ts';

const vendorCodes = z
  .array(
    z
      .string()
      .min(1)
      .max(64)
      .meta({ description: 'One code.', examples: ['some_vendor_code'] }),
  )
  .meta({ description: 'More error codes with this meaning.', examples: [['some_vendor_code']] })
  .prefault([]);

/** A host name as a browser would show it; no scheme, port or path. */
const hostName = z
  .string()
  .regex(/^(?!-)[a-z0-9.-]{1,253}$|^\[[0-9a-f:.]+\]$/, {
    error: 'must be a host name alone, in lower case, such as mimecast-proxy.example.com',
  })
  .meta({ description: 'One host.', examples: ['mimecast-proxy.example.com'] });

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
