import type { Growth } from './growth.ts';
import type { Levels } from './levels.ts';
import type { SoakOptions } from './options.ts';

/** What one round looked like at its end. */
export interface RoundSeen {
  readonly round: number;
  readonly fault: string | null;
  readonly isCalm: boolean;
  /** Exchanges made, of those that the intervals ask for. */
  readonly share: number;
  /** How much later than after an interval the latest check began. */
  readonly lateMs: number;
  readonly bad: number;
  readonly detected: number;
  readonly messages: number;
  readonly keeper: string;
  readonly levels: Levels;
  /** Found in this round. */
  readonly violations: readonly string[];
}

export interface SoakReport {
  readonly options: SoakOptions;
  readonly rounds: number;
  readonly lastedMs: number;
  readonly exchanges: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly messages: number;
  readonly doubles: number;
  readonly required: number;
  readonly detectedMs: readonly number[];
  readonly growth: readonly Growth[];
  readonly violations: readonly string[];
}

export function roundLine(seen: RoundSeen): string {
  const { levels } = seen;
  const level = (start: string) =>
    Object.entries(levels)
      .filter(([name]) => name.startsWith(start))
      .map(([, value]) => value.toFixed(0))
      .join('/');
  return [
    `${String(seen.round).padStart(3)}`,
    `checks ${(100 * seen.share).toFixed(0)} %, latest +${(seen.lateMs / 1_000).toFixed(1)} s`,
    `refused ${seen.bad}, known ${seen.detected}, messages ${seen.messages}, keeper ${seen.keeper}`,
    `memory ${level('resident memory')} MB, descriptors ${level('descriptors')}`,
    `Redis ${level('memory of Redis')} MB, ${level('keys of Redis')} keys, streams ${level('entries of all event')}`,
    `${seen.fault ?? 'no fault'}${seen.isCalm ? '' : ', not over yet'}`,
  ]
    .join(' | ')
    .concat(...seen.violations.map((one) => `\n    VIOLATED: ${one}`));
}

/** The report as Markdown. */
export function reportText(report: SoakReport): string {
  const { options, growth, violations, faults } = report;
  const minutes = (report.lastedMs / 60_000).toFixed(0);
  const befell = [...faults].map(([name, count]) => `${name} ${count}`).join(', ');
  return `# Soak

${options.connections} connections for ${minutes} minutes, seed ${options.seed}: ${report.exchanges} exchanges, ${report.rounds} looks at every invariant.

- Faults: ${befell === '' ? 'none' : befell}.
- Keys that had to be told of in time: ${report.required}; told of in all: ${report.detectedMs.length}${timesText(report.detectedMs)}.
- Messages: ${report.messages}, and ${report.doubles} that came a second time under the same id.

| measure | lowest in the second third | lowest in the last | may rise by |
|---|---|---|---|
${growth.map(({ measure, from, to, most }) => `| ${measure} | ${from.toFixed(1)} | ${to.toFixed(1)} | ${most ?? 'not judged'} |`).join('\n')}

${violations.length === 0 ? 'Nothing was violated.' : `Violated (${violations.length}):\n\n${violations.map((one) => `- ${one}`).join('\n')}`}
`;
}

function timesText(times: readonly number[]): string {
  if (times.length === 0) return '';
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) =>
    `${((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) / 1_000).toFixed(0)} s`;
  return ` (after ${at(0.5)} in the median, ${at(0.99)} at p99, ${at(1)} at most, faults and silences included)`;
}
