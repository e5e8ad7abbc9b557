import type { Path } from './place.ts';
import { listOf, valueAt } from './plain-value.ts';
import type { Report } from './report.ts';
import type { Source } from './source.ts';
import { unknownName } from './wording.ts';

/** Reports every name in a list that is no channel, whatever else is wrong with the list; true when there is none. */
export function checkChannels(
  source: Source,
  path: Path,
  known: ReadonlySet<string> | null,
  report: Report,
): boolean {
  if (known === null) return true;
  let good = true;
  for (const [index, name] of listOf(valueAt(source.value, path)).entries()) {
    if (typeof name !== 'string' || known.has(name)) continue;
    good = false;
    report.mistake(source, [...path, index], unknownChannel(name, known));
  }
  return good;
}

function unknownChannel(name: string, known: ReadonlySet<string>): string {
  if (known.size === 0) return 'names a channel, but alerts.channels has none; add it there';
  return `is not a channel of alerts.channels; ${unknownName(name, [...known])}`;
}
