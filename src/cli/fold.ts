import { withCommas } from '../domain/counted.ts';

/** So many lines that say the same of different things are shown. */
const SHOWN = 3;

/**
 * Leaves out all but the first of many lines that end alike, as `acme: clientSecret: file /run/acme: a newline was
 * trimmed` does for every file of a folder, and says how many there are.
 */
export function foldAlike(lines: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  const shown = lines.filter((line) => {
    const ending = endingOf(line);
    const count = (seen.get(ending) ?? 0) + 1;
    seen.set(ending, count);
    return count <= SHOWN;
  });
  const rest = [...seen].filter(([, count]) => count > SHOWN);
  return [
    ...shown,
    ...rest.map(([ending, count]) => `${ending}: ${withCommas(count - SHOWN)} more; --json has them all`),
  ];
}

function endingOf(line: string): string {
  return line.slice(line.lastIndexOf(': ') + 1).trim();
}
