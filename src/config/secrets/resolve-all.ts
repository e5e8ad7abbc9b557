import { addressMistake } from '../../domain/address.ts';
import type { PlacedReference } from '../references.ts';
import type { Environment } from './env.ts';
import { resolveReference } from './resolve.ts';
import { SecretError } from './secret-error.ts';

/** How many references are looked up at once. */
const PARALLEL = 16;

export interface ResolutionReport {
  /** One line each for what could not be resolved: `acme-siem: clientSecret: env ACME is not set; …`. */
  readonly failures: readonly string[];
  readonly notes: readonly string[];
}

/** Looks every reference up once, each different one a single time, and says what failed; keeps no value. */
export async function resolveAll(
  placed: readonly PlacedReference[],
  env: Environment,
): Promise<ResolutionReport> {
  const groups = new Map<string, PlacedReference[]>();
  for (const item of placed) {
    if (item.reference.kind === 'literal') continue;
    const key = JSON.stringify(item.reference);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  const failures: string[] = [];
  const notes: string[] = [];
  const waiting = groups.values();
  // Workers share one iterator: each takes the next group when it has done one.
  await Promise.all(Array.from({ length: PARALLEL }, () => work(waiting, env, failures, notes)));
  return { failures: failures.toSorted(), notes: notes.toSorted() };
}

async function work(
  waiting: Iterator<PlacedReference[]> & Iterable<PlacedReference[]>,
  env: Environment,
  failures: string[],
  notes: string[],
): Promise<void> {
  for (let turn = waiting.next(); turn.done !== true; turn = waiting.next()) {
    const [first] = turn.value;
    if (first === undefined) continue;
    const names = turn.value.map(({ name }) => name);
    try {
      const resolved = await resolveReference(first.reference, env);
      for (const note of resolved.notes) notes.push(`${names[0]}: ${note}`);
      for (const { name, address } of turn.value) {
        const wrong = address === undefined ? null : addressMistake(resolved.secret.reveal(), address);
        if (wrong !== null) failures.push(`${name}: ${wrong}`);
      }
    } catch (error) {
      if (!(error instanceof SecretError)) throw error;
      for (const name of names) failures.push(`${name}: ${error.message}`);
    }
  }
}
