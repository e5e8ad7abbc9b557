import { withCommas } from '../domain/counted.ts';
import type { Column, Tone } from './table.ts';
import type { Told, ToldGroup } from './validate-told.ts';

/** A cell names so many channels. */
const MOST_NAMES = 4;

/** A line about connections of which the same is told to the same. */
export interface ToldRow {
  readonly who: string;
  readonly critical: string;
  readonly warning: string;
}

function toldTone(text: string): Tone | null {
  return text.includes('nobody') ? 'bad' : null;
}

export const TOLD_COLUMNS: readonly Column<ToldRow>[] = [
  { title: 'ABOUT', cell: ({ who }) => who },
  {
    title: 'CRITICAL IS TOLD TO',
    cell: ({ critical }) => critical,
    tone: ({ critical }) => toldTone(critical),
  },
  { title: 'WARNINGS TO', cell: ({ warning }) => warning, tone: ({ warning }) => toldTone(warning) },
];

/** A line for each group. */
export function toldRows(groups: readonly ToldGroup[]): readonly ToldRow[] {
  return groups.map((group) => toldRow(groupName(group, groups.length), group.told));
}

export function toldRow(who: string, told: Told): ToldRow {
  return { who, critical: channelsText(told, 'critical'), warning: channelsText(told, 'warning') };
}

function groupName({ connections, ids }: ToldGroup, groups: number): string {
  if (groups === 1) return connections === 1 ? (ids[0] ?? '') : `all ${withCommas(connections)}`;
  if (connections <= 2) return ids.join(', ');
  return `${ids[0]} and ${withCommas(connections - 1)} more`;
}

/** The channels of most kinds, and the kinds that go elsewhere. */
function channelsText(told: Told, severity: 'critical' | 'warning'): string {
  const byChannels = new Map<string, { readonly names: string; readonly kinds: string[] }>();
  for (const { kind, cause, channels, ...concern } of told) {
    if (concern.severity !== severity) continue;
    const key = channels.join();
    const group = byChannels.get(key) ?? { names: namesText(channels), kinds: [] };
    byChannels.set(key, group);
    group.kinds.push(cause === null ? kind : `${kind}/${cause}`);
  }
  const [most, ...others] = [...byChannels.values()].toSorted((a, b) => b.kinds.length - a.kinds.length);
  if (most === undefined) return '-';
  const exceptions = others.map(({ names, kinds }) => `${kinds.join(', ')}: ${names}`);
  return exceptions.length === 0 ? most.names : `${most.names} (but ${exceptions.join('; ')})`;
}

function namesText(names: readonly string[]): string {
  if (names.length === 0) return 'nobody';
  if (names.length <= MOST_NAMES) return names.join(', ');
  return `${names.slice(0, MOST_NAMES - 1).join(', ')} and ${names.length - MOST_NAMES + 1} more`;
}
