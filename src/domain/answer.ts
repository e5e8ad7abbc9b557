import type { VendorError } from './vendor-error.ts';

/** What the body of an answer is, whatever its headers say. */
export type Body =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'html' }
  | { readonly kind: 'other' };

export function parseBody(bytes: Uint8Array, oversized: boolean): Body {
  const text = new TextDecoder('utf-8').decode(bytes).trim();
  if (!oversized) {
    try {
      return { kind: 'json', value: JSON.parse(text) as unknown };
    } catch {
      // Not JSON is an answer too: what it is instead is looked at below.
    }
  }
  return { kind: text.startsWith('<') ? 'html' : 'other' };
}

/** Codes are compared without regard to case. */
export function hasCode(error: VendorError, codes: readonly string[]): boolean {
  const code = error.code?.toLowerCase();
  return code !== undefined && codes.some((known) => known.toLowerCase() === code);
}

export function headerValue(header: string | readonly string[] | undefined): string | null {
  if (header === undefined) return null;
  return typeof header === 'string' ? header : (header[0] ?? null);
}

/**
 * Cuts to a length and drops control characters, so that a hostile answer cannot write to a terminal. Secrets are
 * cut out of the whole text before anything is shortened, and once more afterwards, since cleaning joins what stood
 * apart.
 */
export function printable(text: string, length: number, redact: (text: string) => string): string | null {
  const clean = redact(text)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ')
    .trim();
  // A cut through a surrogate pair leaves half a character, which is dropped.
  const cut = redact(clean)
    .slice(0, length)
    .replace(/\p{Cs}/gu, '')
    .trim();
  return cut === '' ? null : cut;
}
