import { z } from 'zod';
import { DURATION_PATTERN, parseDuration } from '../domain/duration.ts';
import { INCIDENT_KINDS } from '../domain/incident.ts';
import type { Silence, SilenceMatch } from '../domain/silence.ts';
import { ProblemError } from './problem.ts';

const line = (longest: number, hint: string) =>
  z
    .string({ error: `must be ${hint}` })
    .trim()
    .min(1, { error: `must not be empty: write ${hint}` })
    .max(longest, { error: `must not be longer than ${longest} characters` })
    .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, { error: 'must be one line without control characters' });

const time = z
  .string({ error: 'must be a time such as 2027-03-01T09:30:00Z' })
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/, {
    error: 'must be a time with its zone, such as 2027-03-01T09:30:00Z',
  })
  .transform((text, context) => {
    const ms = Date.parse(text);
    if (!Number.isNaN(ms)) return ms;
    context.addIssue({ code: 'custom', message: 'is not a time of the calendar' });
    return z.NEVER;
  });

const duration = z
  .string({ error: 'must be a duration such as 2h' })
  .regex(DURATION_PATTERN, { error: 'must be a duration such as 30m, 2h or 7d' })
  .transform((text) => parseDuration(text) ?? 0);

/** As connections name theirs: an origin as URLs spell it. `host:443` parses too, as a URL without an origin. */
const gateway = line(300, 'an origin such as https://us-api.services.mimecast.com').transform((text) =>
  /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text).origin : text,
);

const match = z.strictObject(
  {
    connection: line(63, 'the id of a connection').optional(),
    tenant: line(200, 'the name of a tenant').optional(),
    labels: z
      .record(z.string().max(63), line(256, 'the value of the label'), { error: 'must be {"name": "value"}' })
      .optional(),
    gateway: gateway.optional(),
    kind: z.enum(INCIDENT_KINDS, { error: `must be one of ${INCIDENT_KINDS.join(', ')}` }).optional(),
  },
  { error: objectError('an object with connection, tenant, labels, gateway or kind') },
);

const body = z.strictObject(
  {
    match,
    startsAt: time.optional(),
    endsAt: time.optional(),
    duration: duration.optional(),
    reason: line(500, 'why notifications are muted'),
    author: line(200, 'who mutes them'),
  },
  { error: objectError('an object with match, reason, author and duration or endsAt') },
);

/** The silence that a request asks for, or a 400 that says what is wrong with the request. */
export function readSilence(input: unknown, now: number): Omit<Silence, 'id' | 'createdAt'> {
  const parsed = body.safeParse(input);
  if (!parsed.success) throw refusal(parsed.error.issues.map(issueLine));
  const { startsAt = now, endsAt, duration: lasting, reason, author } = parsed.data;
  if ((endsAt === undefined) === (lasting === undefined)) {
    throw refusal(['body: give either endsAt or duration']);
  }
  return {
    match: given(parsed.data.match),
    startsAt,
    endsAt: endsAt ?? startsAt + (lasting ?? 0),
    reason,
    author,
  };
}

/** Drops what is absent: an undefined field would be one that must match. */
function given(raw: z.output<typeof match>): SilenceMatch {
  return Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== undefined)) as SilenceMatch;
}

function objectError(hint: string): z.core.$ZodErrorMap {
  return (issue) =>
    issue.code === 'unrecognized_keys' ? `has unknown fields: ${issue.keys.join(', ')}` : `must be ${hint}`;
}

function issueLine({ path, message }: z.core.$ZodIssue): string {
  return `${path.length === 0 ? 'body' : path.join('.')}: ${message}`;
}

function refusal(issues: readonly string[]): ProblemError {
  return new ProblemError(400, `The silence could not be understood: ${issues.join('; ')}.`, {
    members: { issues },
  });
}
