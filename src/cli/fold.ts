import { withCommas } from '../domain/counted.ts';

/**
 * Leaves out all but the first `shown` of many lines that end alike, as `acme: clientSecret: file /run/acme: a newline was
 * trimmed` does for every file of a folder, and says how many there are. Which file or variable it is makes no difference:
 * a folder that is not mounted is one thing that is wrong.
 */
export function foldAlike(lines: readonly string[], shown: number): readonly string[] {
  const counts = new Map<string, number>();
  const first = lines.filter((line) => {
    const ending = endingOf(line);
    const count = (counts.get(ending) ?? 0) + 1;
    counts.set(ending, count);
    return count <= shown;
  });
  const more = [...counts].flatMap(([ending, count]) =>
    count > shown ? [`${withCommas(count - shown)} more like this, which --json shows: ${ending}`] : [],
  );
  return [...first, ...more];
}

function endingOf(line: string): string {
  return line
    .slice(line.lastIndexOf(': ') + 1)
    .trim()
    .replace(/^(file|env) \S+/, '$1 …');
}
