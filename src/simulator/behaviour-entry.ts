import { z } from 'zod';
import type { Answer } from './answers.ts';

/** What a behaviour may look at when it answers one request. */
export interface Turn {
  /** 1 for the first request since the behaviour was set. */
  readonly ordinal: number;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export type Play = (turn: Turn) => Answer;

/** A behaviour that was read and found good. */
export interface Performance {
  readonly play: Play;
  /** How many requests it lasts before the key behaves normally again; null lasts until told otherwise. */
  readonly times: number | null;
  /** The behaviour as it was given, for showing. */
  readonly given: Readonly<Record<string, unknown>>;
}

export type ReadBehaviour =
  | { readonly ok: true; readonly performance: Performance }
  | { readonly ok: false; readonly problem: string };

export interface Entry<Shape extends z.ZodRawShape> {
  /** One line for whoever drives the simulator by hand. */
  readonly summary: string;
  readonly shape: Shape;
  readonly read: (fields: unknown) => { readonly play: Play; readonly times: number | null };
}

/** One line of the table: what may be given, and what is answered then. Unknown fields are refused. */
export function entry<Shape extends z.ZodRawShape>(
  summary: string,
  shape: Shape,
  answer: (given: z.output<z.ZodObject<Shape, z.core.$strict>>, turn: Turn) => Answer,
  timesOf: (given: z.output<z.ZodObject<Shape, z.core.$strict>>) => number | null = () => null,
): Entry<Shape> {
  const schema = z.strictObject(shape);
  return {
    summary,
    shape,
    read: (fields) => {
      const given = schema.parse(fields);
      return { play: (turn) => answer(given, turn), times: timesOf(given) };
    },
  };
}

/** The union a table of entries describes: each kind with the fields it takes. */
export type BehaviourOf<Table extends Readonly<Record<string, { shape: z.ZodRawShape }>>> = {
  [Kind in keyof Table]: { kind: Kind } & FieldsOf<Table[Kind]['shape']>;
}[keyof Table];

/** An empty shape would otherwise forbid every field, the kind among them. */
type FieldsOf<Shape extends z.ZodRawShape> = keyof Shape extends never
  ? unknown
  : z.input<z.ZodObject<Shape, z.core.$strict>>;

/** Reads a behaviour against a table; `problem` names the field that is wrong and says what the kind takes. */
export function readFrom(table: Readonly<Record<string, Entry<z.ZodRawShape>>>, raw: unknown): ReadBehaviour {
  if (!isObject(raw)) return { ok: false, problem: 'a behaviour is an object with a kind' };
  const { kind, ...fields } = raw;
  const found = typeof kind === 'string' && Object.hasOwn(table, kind) ? table[kind] : undefined;
  if (found === undefined) {
    return { ok: false, problem: `kind: must be one of ${Object.keys(table).join(', ')}` };
  }
  try {
    return { ok: true, performance: { ...found.read(fields), given: raw } };
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const lines = error.issues.map((issue) =>
      [issue.path.join('.'), issue.message].filter(Boolean).join(': '),
    );
    return { ok: false, problem: `${lines.join('; ')} (${kind}: ${found.summary})` };
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
