import { Secret } from '../../domain/secret.ts';
import { SecretError } from './secret-error.ts';

/** No credential is longer; what is, is the wrong file or a command gone wild. */
export const LONGEST_BYTES = 64 * 1_024;

export interface ResolvedSecret {
  readonly secret: Secret;
  /** What was done to the value or looks odd about it, for people: never the value. */
  readonly notes: readonly string[];
}

/**
 * Makes a secret of what a file, a variable or a command gave. Editors and `echo` end a text with a line break, which
 * is trimmed; one in the middle means that something else was read, and is refused rather than sent to anybody.
 * `source` names the origin in messages, e.g. `file /run/secrets/acme`.
 */
export function cleanSecret(text: string, source: string): ResolvedSecret {
  const trimmed = text.replace(/[\r\n]+$/, '');
  if (trimmed.trim() === '') throw new SecretError('empty', `${source} is empty; put the value there`);
  if (/[\r\n]/.test(trimmed)) {
    throw new SecretError(
      'line_break',
      `${source} holds more than one line; keep only the value, on one line`,
    );
  }
  if (/\p{Cc}/u.test(trimmed)) {
    throw new SecretError('control_character', `${source} holds a control character; write the value again`);
  }
  const notes: string[] = [];
  if (trimmed !== text) notes.push(`${source}: a trailing newline was trimmed`);
  if (trimmed !== trimmed.trim())
    notes.push(`${source}: begins or ends with a space, which is sent as it is`);
  return { secret: new Secret(trimmed), notes };
}

/** Text of bytes that must be UTF-8; a byte order mark is dropped. */
export function decodeSecret(bytes: Uint8Array, source: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new SecretError('not_utf8', `${source} is not UTF-8 text; is it the right one?`);
  }
}
