import { formatPatch, structuredPatch } from 'diff';
import { applySplices, type Splice } from './splice.ts';
import type { Region } from './text-edit.ts';

/** More changed lines than this are nothing to read, and finding them in a large file would take long. */
const MOST_CHANGES = 2_000;
const HIDDEN = '[redacted]';

export interface DiffInput {
  /** How the file is called in the head. */
  readonly name: string;
  readonly text: string;
  readonly splices: readonly Splice[];
  /** All changes are in it; nothing outside of it is shown, for it may hold secrets of any kind. */
  readonly region: Region;
  /** Spans of the text that are secrets. */
  readonly hidden: readonly Region[];
}

/** A unified diff in which no secret can be read; null when the change is too large for one, or mixed up with a secret. */
export function unifiedDiff({ name, text, splices, region, hidden }: DiffInput): string | null {
  const masks = hidden.map(({ start, end }) => ({ start, end, text: HIDDEN }));
  const touching = ({ start, end }: Region) => splices.filter((it) => it.start < end && it.end > start);
  // A secret that goes, goes with its mask.
  const staying = masks.filter((mask) => touching(mask).length === 0);
  const isTorn = (mask: Region) =>
    touching(mask).some(({ start, end }) => start > mask.start || end < mask.end);
  if (masks.some(isTorn)) return null;
  const cut = (whole: string) => whole.slice(region.start, whole.length - (text.length - region.end));
  const before = cut(applySplices(text, masks));
  const after = cut(applySplices(text, [...staying, ...splices]));
  const patch = structuredPatch(name, name, before, after, undefined, undefined, {
    context: 3,
    maxEditLength: MOST_CHANGES,
  });
  if (patch === undefined) return null;
  if (patch.hunks.length === 0) return '';
  const above = text.slice(0, region.start).split('\n').length - 1;
  const hunks = patch.hunks.map((hunk) => ({
    ...hunk,
    oldStart: hunk.oldStart + above,
    newStart: hunk.newStart + above,
  }));
  return formatPatch(
    { ...patch, hunks },
    { includeIndex: false, includeUnderline: false, includeFileHeaders: true },
  );
}
