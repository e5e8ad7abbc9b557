import { describeReference } from '../../domain/reference.ts';
import { valueMistake } from '../../domain/value-rule.ts';
import type { NamedReference } from '../references.ts';
import type { Environment } from './env.ts';
import { createLookUp, type LookUp } from './resolve.ts';
import { SecretError } from './secret-error.ts';

/** How many references are looked up at once. */
const PARALLEL = 16;

/** A reference that could not be resolved, or whose value is not what is needed there. */
export interface Failure<Placed> {
  readonly placed: Placed;
  readonly message: string;
}

export interface ResolutionReport<Placed> {
  readonly failures: readonly Failure<Placed>[];
  /** What looks odd, such as `acme-siem: clientSecret: …`. */
  readonly notes: readonly string[];
}

/** Looks every reference up once, each different one a single time, and says what failed; keeps no value. */
export async function resolveAll<Placed extends NamedReference>(
  placed: readonly Placed[],
  env: Environment,
): Promise<ResolutionReport<Placed>> {
  const groups = new Map<string, Placed[]>();
  for (const item of placed) {
    // The value of a literal was looked at when the config was loaded.
    if (item.reference.kind === 'literal') continue;
    const key = JSON.stringify(item.reference);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  const failures: Failure<Placed>[] = [];
  const notes: string[] = [];
  const lookUp = createLookUp(env);
  const waiting = groups.values();
  // Workers share one iterator: each takes the next group when it has done one.
  const work = async () => {
    for (const group of waiting) {
      const looked = await lookAt(group, lookUp);
      failures.push(...looked.failures);
      notes.push(...looked.notes);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return { failures, notes: notes.toSorted() };
}

/** Looks up the reference that all of a group share. */
async function lookAt<Placed extends NamedReference>(
  group: readonly Placed[],
  lookUp: LookUp,
): Promise<ResolutionReport<Placed>> {
  const [first] = group;
  if (first === undefined) return { failures: [], notes: [] };
  try {
    const { secret, notes } = await lookUp(first.reference);
    const failures = group.flatMap((placed) => {
      const message = placed.rule === undefined ? null : valueMistake(secret.reveal(), placed.rule);
      return message === null
        ? []
        : [{ placed, message: `${describeReference(first.reference)}: ${message}` }];
    });
    return { failures, notes: notes.map((note) => `${first.name}: ${note}`) };
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    const { message } = error;
    return { failures: group.map((placed) => ({ placed, message })), notes: [] };
  }
}
