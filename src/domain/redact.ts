import type { Secret } from './secret.ts';

/** Shorter values would be found inside ordinary words; they are only hidden where they stand alone. */
const SHORTEST_PART = 4;

/** Returns a function that cuts the given secrets, as they are and as they travel, out of a text. */
export function redactor(secrets: readonly Secret[]): (text: string) => string {
  // Half a surrogate pair travels as U+FFFD, and encoding it as it stands would throw.
  const values = secrets.map((secret) => secret.reveal().replace(/\p{Cs}/gu, '\u{fffd}'));
  const encoded = values.flatMap((value) => [
    value,
    encodeURIComponent(value),
    formEncoded(value),
    base64(value),
  ]);
  const forms = [...new Set([...encoded, base64(values.join(':'))])].sort((a, b) => b.length - a.length);
  return (text) =>
    forms.reduce((shown, form) => {
      if (form.length >= SHORTEST_PART) return shown.replaceAll(form, '[redacted]');
      return shown === form ? '[redacted]' : shown;
    }, text);
}

function formEncoded(value: string): string {
  return new URLSearchParams([['', value]]).toString().slice(1);
}

function base64(value: string): string {
  const bytes = new TextEncoder().encode(value);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')).replace(/=+$/, '');
}
