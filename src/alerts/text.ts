/** Lengths are counted in UTF-16 code units, of which no text has fewer than characters in a vendor's count. */
const ELLIPSIS = '…';

/** How far back a cut looks for a space, as a part of the allowed length, so that no word is torn apart. */
const SOFT_PART = 0.25;

/** A text of at most `most` code units: what is too long ends with an ellipsis, between two words where it can. */
export function cut(text: string, most: number): string {
  return cutEscaped(text, most, (plain) => plain);
}

/**
 * The escaped form of a text, cut so that it is at most `most` code units long after the escaping and no escape
 * sequence is torn apart. Where `escaped` shortens a text, the cut may come a little earlier than it had to.
 */
export function cutEscaped(text: string, most: number, escaped: (plain: string) => string): string {
  const whole = wellFormed(text);
  const uncut = escaped(whole);
  if (uncut.length <= most) return uncut;
  const shown = (end: number) => escaped(whole.slice(0, end)).length + ELLIPSIS.length;
  let [low, high] = [0, Math.min(whole.length, most)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (shown(middle) <= most) low = middle;
    else high = middle - 1;
  }
  return most < ELLIPSIS.length ? '' : escaped(softEnd(whole, low)) + ELLIPSIS;
}

/** Half a surrogate pair travels badly: receivers refuse the whole message. */
function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, '\u{fffd}');
}

/** The first `end` code units, less a torn word or half a surrogate pair. */
function softEnd(text: string, end: number): string {
  const isTornPair = /[\uD800-\uDBFF]/.test(text.charAt(end - 1));
  const hard = text.slice(0, isTornPair ? end - 1 : end);
  const space = /\s/.test(text.charAt(end)) ? hard.length : hard.search(/\s\S*$/);
  return (space >= hard.length * (1 - SOFT_PART) ? hard.slice(0, space) : hard).trimEnd();
}

/** A text on one line, for titles and subjects. */
export function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}
