import { connectionSchema, type RawConnection } from './schema.ts';
import type { Mistake } from './wording.ts';

/** Keys that are judged together: with one of them wrong, nothing can be said about the others. */
const TOGETHER: readonly (readonly string[])[] = [
  ['region', 'baseUrl'],
  ['interval', 'timeout'],
  ['secretExpiresAt', 'secretIssuedAt', 'secretMaxAge'],
];

/** Stand in for what is needed but wrong; they raise no complaint of their own. */
const STAND_INS: Readonly<Record<string, unknown>> = {
  id: 'x',
  clientId: { env: 'X' },
  clientSecret: { env: 'X' },
  region: 'us',
};

/**
 * What remains of a connection without the keys the schema complained about, so that the rest can be looked at too.
 * Good for finding more mistakes and for nothing else. Null when nothing remains.
 */
export function salvage(item: unknown, mistakes: readonly Mistake[]): RawConnection | null {
  if (typeof item !== 'object' || item === null) return null;
  const bad = new Set(mistakes.map((mistake) => String(mistake.path[0])));
  for (const group of TOGETHER) {
    if (group.some((key) => bad.has(key))) for (const key of group) bad.add(key);
  }
  const rest = Object.entries(item).filter(([key]) => !bad.has(key));
  const replaced = Object.entries(STAND_INS).filter(([key]) => bad.has(key));
  const result = connectionSchema.safeParse(Object.fromEntries([...rest, ...replaced]));
  return result.success ? result.data : null;
}
