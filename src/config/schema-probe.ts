import { z } from 'zod';
import type { Probe } from '../domain/connection.ts';
import { DAY, HOUR } from './schema-units.ts';
import { duration } from './schema-values.ts';
import { expected } from './wording.ts';

/** Calls that others make to the same end; read-only and cheap (see docs/alerting.md). */
const USUAL = {
  GET: { path: '/identity/whoami' },
  POST: { path: '/api/account/get-account', body: { data: [] } },
} as const;

/** The call goes to the gateway that issued the token, and nowhere else; what it asks stands in logs and messages. */
const PATH = /^\/(?!\/)[A-Za-z0-9._~!$&'()*+,;=:@%/-]{0,199}$/;
const PATH_HINT = 'a path at the gateway such as /identity/whoami, without a host and without ? and #';

export const probeSchema = z
  .strictObject({
    enabled: z
      .boolean()
      .meta({ description: 'false: not probed, whatever defaults say.', examples: [false] })
      .prefault(true),
    method: z
      .enum(['GET', 'POST'])
      .meta({ description: 'The HTTP method of the call, which must only read.', examples: ['POST'] })
      .prefault('GET'),
    path: z
      .string({ error: expected(PATH_HINT) })
      .regex(PATH, { error: `must be ${PATH_HINT}` })
      .meta({
        description: `What is called; ${USUAL.GET.path}, or with POST ${USUAL.POST.path}, when left out.`,
        examples: [USUAL.GET.path, USUAL.POST.path],
      })
      .optional(),
    body: z
      .record(z.string(), z.unknown())
      .meta({
        description: 'What is sent, with POST only; an empty list of data when left out.',
        examples: [USUAL.POST.body],
      })
      .optional(),
    interval: duration(
      { min: HOUR / 60, max: 30 * DAY },
      {
        description: 'Time between two probes; each is made together with the check nearest to it.',
        examples: ['1h'],
      },
    ).prefault('1h'),
  })
  .superRefine(({ method, body }, context) => {
    if (method === 'GET' && body !== undefined)
      context.addIssue({ code: 'custom', path: ['body'], message: 'goes with method: POST only' });
  })
  .meta({
    description: 'A call with the token of a check that shows whether the application may do what it is for.',
    examples: [{ path: USUAL.GET.path, interval: '1h' }, { method: 'POST' }],
  });

/** The probe with what was left out filled in; undefined where there is none. */
export function buildProbe(raw: z.output<typeof probeSchema> | undefined): Probe | undefined {
  if (raw === undefined || !raw.enabled) return undefined;
  const { method, interval } = raw;
  const body = method === 'GET' ? null : JSON.stringify(raw.body ?? USUAL.POST.body);
  return { method, path: raw.path ?? USUAL[method].path, body, intervalMs: interval };
}
