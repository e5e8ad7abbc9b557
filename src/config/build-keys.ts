import type { Reference } from '../domain/reference.ts';
import { buildReference, literalMistake } from './build-reference.ts';
import type { Entry, Rules } from './connection-entry.ts';
import type { RawReference } from './schema-values.ts';
import { REFERENCE_HINT } from './wording.ts';

export type Key = 'clientId' | 'clientSecret';

/** Which file of a directory of secrets holds a connection's key. */
const FILE_NAMES: Readonly<Record<Key, string>> = { clientId: '{id}.client-id', clientSecret: '{id}' };

/** Where a connection finds one of its keys; null when it is missing or wrong, which is reported. */
export function keyReference(entry: Entry, key: Key, rules: Rules): Reference | null {
  const { raw, doubtful, source, path } = entry;
  if (doubtful.has(key)) return null;
  const written = raw[key];
  const place = [...path, key];
  if (typeof written === 'string') {
    const wrong = literalMistake(written);
    if (wrong !== null) {
      rules.report.mistake(source, place, wrong);
      return null;
    }
    if (key === 'clientSecret') rules.literals.add(source, place);
  }
  const reference = ownReference(entry, key, rules);
  // A mistake in the defaults is reported there, once.
  if (reference === null && !rules.defaults.isDoubtful(key))
    rules.report.mistake(source, place, `is missing; write ${REFERENCE_HINT}`);
  return reference;
}

/** What the entry says, or the defaults, as it holds for this connection; null when neither says anything. */
export function ownReference(
  { raw, doubtful, source }: Entry,
  key: Key,
  { defaults, directory }: Pick<Rules, 'defaults' | 'directory'>,
): Reference | null {
  const own = raw[key];
  const written = own ?? defaults.data[key];
  // Without a known id it can't be told which file or which argument is meant.
  if (written === undefined || (doubtful.has('id') && needsId(written))) return null;
  return buildReference(expand(written, key, raw.id), own === undefined ? directory : source.directory);
}

/** Puts the connection's id where the reference asks for it. */
function expand(written: RawReference, key: Key, id: string): RawReference {
  if (typeof written === 'string' || 'env' in written) return written;
  const withId = (text: string) => text.replaceAll('{id}', id);
  if ('exec' in written) {
    const [program = '', ...args] = written.exec;
    return { exec: [program, ...args.map(withId)] };
  }
  const { file } = written;
  return { file: withId(file.endsWith('/') ? file + FILE_NAMES[key] : file) };
}

function needsId(written: RawReference): boolean {
  if (typeof written === 'string' || 'env' in written) return false;
  if ('exec' in written) return written.exec.slice(1).some((argument) => argument.includes('{id}'));
  return written.file.endsWith('/') || written.file.includes('{id}');
}
