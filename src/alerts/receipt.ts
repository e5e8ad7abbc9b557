import type { Receipt } from '../domain/channel.ts';
import { Secret } from '../domain/secret.ts';
import type { Settings } from './channel-driver.ts';
import type { HttpAnswer } from './http-client.ts';

/** Longer than any id that a vendor gives. */
const LONGEST_ID = 128;
/** Shorter parts of a secret are found in any id. */
const SHORTEST_PART = 4;

/** The id in a value of an answer: one word of the characters that ids are made of, else null. */
export function idIn(value: unknown): string | null {
  const text = typeof value === 'number' ? String(value) : value;
  const isId = typeof text === 'string' && text.length <= LONGEST_ID && /^[\w.:@=+-]+$/.test(text);
  return isId ? text : null;
}

/** The receipt for an answer over HTTP, with those of `ids` that are some. */
export function httpReceipt(answer: HttpAnswer, ids: Readonly<Record<string, unknown>> = {}): Receipt {
  return receipt('http', answer.status, { ...ids, request_id: answer.headers['x-request-id'] });
}

export function receipt(
  protocol: 'http' | 'smtp',
  status: number | null,
  ids: Readonly<Record<string, unknown>>,
): Receipt {
  const found = Object.entries(ids).flatMap(([name, value]) => {
    const id = idIn(value);
    return id === null ? [] : [[name, id] as const];
  });
  return { protocol, status, ids: Object.fromEntries(found) };
}

/**
 * Leaves out every id that has something in common with a secret of the channel: a receiver may answer with what it
 * was sent, or with a part of its own address.
 */
export function withoutSecrets(given: Receipt, settings: Settings): Receipt {
  const parts = secretParts(settings);
  const values: readonly unknown[] = Object.values(settings);
  const clean = Object.entries(given.ids).filter(
    ([, id]) => !values.includes(id) && !parts.some((part) => sharesPart(id.toLowerCase(), part)),
  );
  return { ...given, ids: Object.fromEntries(clean) };
}

function sharesPart(id: string, part: string): boolean {
  return id.includes(part) || (id.length >= SHORTEST_PART && part.includes(id));
}

/**
 * The words that secrets and addresses are made of: any of an address could be the secret one. Other settings are no
 * secrets, and an organization's code may well be a part of the ids that it is given.
 */
function secretParts(settings: Settings): readonly string[] {
  const values = Object.values(settings).flatMap((value) => {
    if (value instanceof Secret) return [value.reveal()];
    return typeof value === 'string' && value.includes('://') ? [value] : [];
  });
  const words = values.flatMap((value) => [value, ...value.split(/[^\p{L}\p{N}_-]+/u)]);
  return words.filter((word) => word.length >= SHORTEST_PART).map((word) => word.toLowerCase());
}
