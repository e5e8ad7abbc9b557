/**
 * The text with everything written out that a terminal would obey, that would begin a new line of a log, or that would hide
 * or turn round what stands beside it: names in a config may be anybody's.
 */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
