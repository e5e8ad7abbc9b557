import type { BlockList } from './block-list.ts';
import type { ListChange } from './entry.ts';
import { editEntry } from './entry-edit.ts';
import type { Line } from './lines.ts';
import { NotEditable } from './not-editable.ts';
import { type Manner, renderPairs } from './render.ts';
import type { Splice } from './splice.ts';

/** A list with dashes where it stands: below the line `key`, before the line `to`. */
export interface BlockSection {
  readonly lines: readonly Line[];
  readonly key: number;
  readonly to: number;
  readonly list: BlockList;
}

export function editBlock(
  text: string,
  section: BlockSection,
  change: ListChange,
  manner: Manner,
): readonly Splice[] {
  const { lines, list } = section;
  const gone = removedLines(text, section, change.removed);
  const removed = runsOf(gone).map(([first, last]) => ({
    start: lines[first]?.start ?? 0,
    end: lines[last]?.next ?? text.length,
    text: '',
  }));
  const changed = [...change.changed].flatMap(([index, settings]) => {
    const item = list.items[index];
    if (item === undefined) throw new NotEditable('There is no such entry.');
    const span = { start: lines[item.first]?.start ?? 0, end: lines[item.last]?.end ?? text.length };
    return editEntry(text, span, settings, manner);
  });
  return [...removed, ...changed, ...appended(text, section, change, manner)];
}

/** The lines of the items, and the empty line that two of those that stay would otherwise have too many between them. */
function removedLines(
  text: string,
  section: BlockSection,
  removed: ReadonlySet<number>,
): ReadonlySet<number> {
  const { lines, key, to, list } = section;
  const gone = new Set<number>();
  const isBlank = (index: number) => text.slice(lines[index]?.start, lines[index]?.end).trim() === '';
  for (const [index, item] of list.items.entries()) {
    if (!removed.has(index)) continue;
    for (let line = item.lead; line <= item.last; line += 1) gone.add(line);
    let above = item.lead - 1;
    while (above > key && gone.has(above)) above -= 1;
    const below = item.last + 1;
    if (below < to && !isBlank(below)) continue;
    if (above > key && isBlank(above)) {
      for (let line = above; line > key && isBlank(line); line -= 1) gone.add(line);
    } else if (above === key) {
      for (let line = below; line < to && isBlank(line) && index < list.items.length - 1; line += 1)
        gone.add(line);
    }
  }
  return gone;
}

function runsOf(lines: ReadonlySet<number>): readonly (readonly [number, number])[] {
  const runs: [number, number][] = [];
  for (const line of [...lines].toSorted((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === line - 1) run[1] = line;
    else runs.push([line, line]);
  }
  return runs;
}

function appended(
  text: string,
  section: BlockSection,
  change: ListChange,
  manner: Manner,
): readonly Splice[] {
  const { lines, key, list } = section;
  const kept = list.items.findLastIndex((_, index) => !change.removed.has(index));
  const keyLine = lines[key] ?? { start: 0, end: 0, next: 0 };
  if (change.added.length === 0) {
    if (kept >= 0 || list.items.length === 0) return [];
    // A key without a value would be no list.
    const colon = colonOf(text, keyLine);
    return [{ start: colon, end: colon, text: ' []' }];
  }
  const sample = list.items.at(-1);
  const indent = ' '.repeat(sample === undefined ? 2 : list.indent);
  const entries = change.added.map((entry) =>
    renderItem(renderPairs(entry, manner), indent, sampleOf(text, section)),
  );
  const gap = hasGaps(section) ? manner.eol : '';
  const body = entries.map((entry) => entry.map((line) => line + manner.eol).join('')).join(gap);
  const last = lines[list.items[kept]?.last ?? key] ?? keyLine;
  const broken = last.next > last.end ? '' : manner.eol;
  return [{ start: last.next, end: last.next, text: `${broken}${kept >= 0 ? gap : ''}${body}` }];
}

/** The place right after the colon of a key that stands at the beginning of its line. */
export function colonOf(text: string, { start, end }: Line): number {
  return (
    start + (/^(?:connections|"connections"|'connections')\s*:/.exec(text.slice(start, end))?.[0].length ?? 0)
  );
}

interface Sample {
  /** What stands between the dash and the entry. */
  readonly pad: string;
  readonly isFlow: boolean;
}

function sampleOf(text: string, { lines, list }: BlockSection): Sample {
  const line = lines[list.items.at(-1)?.first ?? -1];
  const [, pad = ' ', first = ''] =
    /^ *-( +)(.?)/.exec(line === undefined ? '' : text.slice(line.start, line.end)) ?? [];
  return { pad, isFlow: first === '{' };
}

function renderItem(pairs: readonly string[], indent: string, { pad, isFlow }: Sample): readonly string[] {
  if (isFlow) return [`${indent}-${pad}{ ${pairs.join(', ')} }`];
  const inner = `${indent} ${pad.replaceAll(/./g, ' ')}`;
  return pairs.map((pair, index) => (index === 0 ? `${indent}-${pad}${pair}` : `${inner}${pair}`));
}

/** Whether empty lines stand between the entries. */
function hasGaps({ list }: BlockSection): boolean {
  const [before, last] = list.items.slice(-2);
  return before !== undefined && last !== undefined && last.lead > before.last + 1;
}
