import { z } from 'zod';
import { DURATION_PATTERN, formatDuration, parseDuration } from '../domain/duration.ts';
import { meantDate, meantDuration, meantLabel } from './meant.ts';
import { expected } from './wording.ts';

/** What a key means, for the JSON Schema and so for the completion in editors. */
export interface Meaning {
  readonly description: string;
  readonly examples: readonly unknown[];
}

const elsewhere = [
  z
    .strictObject({ env: variableName() })
    .meta({ description: 'Taken from an environment variable.', examples: [{ env: 'ACME_CLIENT_SECRET' }] }),
  z
    .strictObject({
      file: z
        .string()
        .min(1)
        .meta({
          description:
            "Path of the file; relative paths start at this one. In a connection's keys {id} stands for its id, and a path " +
            'that ends in / for the file of that name in the directory (of the client id: <id>.client-id).',
          examples: ['/run/secrets/acme', '/run/secrets/'],
        }),
    })
    .meta({ description: 'Read from a file.', examples: [{ file: '/run/secrets/acme' }] }),
  z
    .strictObject({
      exec: z
        .array(z.string().meta({ description: 'The program, or an argument.', examples: ['pass'] }))
        .min(1)
        .meta({
          description:
            'A command and its arguments, run without a shell; its output is the value. In the arguments of a ' +
            "connection's keys {id} stands for its id.",
          examples: [
            ['pass', 'show', 'mimecast/acme'],
            ['pass', 'show', 'mimecast/{id}'],
          ],
        }),
    })
    .meta({
      description: 'Printed by a command, within 10 s.',
      examples: [{ exec: ['pass', 'show', 'mimecast/acme'] }],
    }),
] as const;

const literal = z
  .string()
  .min(1)
  .meta({ description: 'The value itself.', examples: ['abc123'] });

/** A literal text or where to find it; stands in the config as written, before paths are resolved. */
export const rawReference = z.union([literal, ...elsewhere]);
export type RawReference = z.infer<typeof rawReference>;

export function reference(meaning: Meaning) {
  return rawReference.meta({ ...meaning });
}

/** A reference that can't be a literal. */
export function referenceElsewhere(meaning: Meaning) {
  return z.union(elsewhere).meta({ ...meaning });
}

function variableName() {
  return z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, {
      error: 'must be the name of an environment variable: letters, digits and _',
    })
    .meta({
      description: 'Name of an environment variable of the monitor.',
      examples: ['ACME_CLIENT_SECRET'],
    });
}

/** A duration within bounds, milliseconds once read. Its JSON Schema is the text as written. */
export function duration(bounds: { readonly min: number; readonly max: number }, meaning: Meaning) {
  const hint = `a duration from ${formatDuration(bounds.min)} to ${formatDuration(bounds.max)}, such as ${meaning.examples[0]}`;
  return z
    .string({
      error: (issue) =>
        typeof issue.input === 'number'
          ? `must be ${hint}${meantDuration(issue.input)}`
          : expected(hint)(issue),
    })
    .regex(DURATION_PATTERN, { error: ({ input }) => `must be ${hint}${meantDuration(input)}` })
    .meta({ ...meaning })
    .transform((text, context) => {
      const ms = parseDuration(text) ?? Number.NaN;
      if (ms >= bounds.min && ms <= bounds.max) return ms;
      context.addIssue({ code: 'custom', message: `must be ${hint}` });
      return z.NEVER;
    });
}

const INSTANT_PATTERN =
  /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;
const INSTANT_HINT = 'a date such as 2027-03-01 (00:00 UTC) or a time such as 2027-03-01T09:30:00Z';

/** A date (00:00 UTC) or a time with its zone, epoch milliseconds once read. */
export function instant(description: string) {
  return z
    .string({ error: expected(INSTANT_HINT) })
    .regex(INSTANT_PATTERN, { error: ({ input }) => `must be ${INSTANT_HINT}${meantDate(input)}` })
    .meta({ description, examples: ['2027-03-01', '2027-03-01T09:30:00Z'] })
    .transform((text, context) => {
      const day = text.slice(0, 10);
      const midnight = Date.parse(day);
      const ms = Date.parse(text);
      // The engine turns the 30th of February into the 2nd of March: a day must come back as it went in.
      const real = !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(day);
      if (real && !Number.isNaN(ms)) return ms;
      context.addIssue({ code: 'custom', message: 'is not a day of the calendar; write another' });
      return z.NEVER;
    });
}

/** A whole number within bounds. */
export function integer(bounds: { readonly min: number; readonly max: number }, meaning: Meaning) {
  const hint = `a whole number from ${bounds.min} to ${bounds.max}`;
  return z
    .int({ error: expected(hint) })
    .min(bounds.min, { error: `must be ${hint}` })
    .max(bounds.max, { error: `must be ${hint}` })
    .meta({ ...meaning });
}

/** A text for people: one line, not empty, bounded. */
export function line(longest: number, meaning: Meaning) {
  return z
    .string({ error: expected('a text') })
    .min(1)
    .max(longest)
    .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, { error: 'must be one line without control characters' })
    .meta({ ...meaning });
}

/** The name of a channel; it becomes part of a queue's name, where a colon is not allowed. */
export const CHANNEL_NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;

export function channelNames(meaning: Meaning) {
  return z
    .array(
      z
        .string()
        .min(1)
        .meta({ description: 'The name of a channel.', examples: ['soc'] }),
    )
    .min(1, { error: 'must not be an empty list; leave the key out' })
    .meta({ ...meaning });
}

/** Labels every alert carries already, so that a configured one of that name would be lost or lie. */
const RESERVED_LABELS = [
  'alertname',
  'connection',
  'tenant',
  'gateway',
  'severity',
  'kind',
  'cause',
  'incident',
];

const LABEL_NAME = /^(?!__)[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/** Names that Prometheus takes as they are: two of them can never end up as one `label_*`. */
export function labels(meaning: Meaning) {
  const name = z
    .string()
    .regex(LABEL_NAME, {
      error: ({ input }) =>
        `must be a label name Prometheus takes: letters, digits and _${meantLabel(input, LABEL_NAME)}`,
    })
    .refine((label) => !RESERVED_LABELS.includes(label), {
      error: 'is a label that every alert carries already; choose another name',
    });
  return z
    .record(name, line(256, { description: 'The value of the label.', examples: ['gold'] }))
    .meta({ ...meaning });
}
