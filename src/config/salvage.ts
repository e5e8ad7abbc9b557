import { isMapping, without } from './plain-value.ts';
import { connectionSchema, type RawConnection } from './schema-connection.ts';

/** Stand in for what is needed but wrong; they raise no complaint of their own. */
const STAND_INS: Readonly<Record<string, unknown>> = {
  id: 'x',
  clientId: { env: 'X' },
  clientSecret: { env: 'X' },
};

/**
 * What remains of a connection without the keys the schema complained about, so that the rest can be looked at too.
 * Good for finding more mistakes and for nothing else. Null when nothing remains.
 */
export function salvage(item: unknown, doubtful: ReadonlySet<string>): RawConnection | null {
  if (!isMapping(item)) return null;
  const replaced = Object.entries(STAND_INS).filter(([key]) => doubtful.has(key));
  const result = connectionSchema.safeParse({ ...without(item, doubtful), ...Object.fromEntries(replaced) });
  return result.success ? result.data : null;
}
