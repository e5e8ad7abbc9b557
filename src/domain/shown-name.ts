/**
 * Whether a name that somebody wrote may be repeated in a message. A value that was put where a name belongs may be a
 * secret: no address is repeated, and nothing with so many letters and digits in a row that it could be a key or a
 * token. A message without the name still says the line.
 */
export function mayBeShown(name: string): boolean {
  if (/:\/\/|@/.test(name)) return false;
  return !(name.match(/[A-Za-z0-9]{12,}/g) ?? []).some((run) => /\d/.test(run));
}
