import { isMapping, without } from './plain-value.ts';
import { connectionSchema, type RawConnection } from './schema-connection.ts';

/** Stands in for an id that is wrong, the one key that is needed; it raises no complaint of its own. */
const STAND_IN = { id: 'x' };

/**
 * What remains of a connection without the keys the schema complained about, so that the rest can be looked at too.
 * Good for finding more mistakes and for nothing else. Null when nothing remains.
 */
export function salvage(item: unknown, doubtful: ReadonlySet<string>): RawConnection | null {
  if (!isMapping(item)) return null;
  const result = connectionSchema.safeParse({
    ...without(item, doubtful),
    ...(doubtful.has('id') ? STAND_IN : {}),
  });
  return result.success ? result.data : null;
}
