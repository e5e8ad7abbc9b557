import { dashboards } from './files.ts';

/** What Grafana works out from the time range and the width of a panel. */
export interface Macros {
  readonly interval?: string;
  readonly rateInterval?: string;
  readonly range?: string;
}

/** A value of a variable, several values, or All. */
export type Value = string | readonly string[];
export const ALL = '$__all';

/** `$name`, `${name}`, `${name:format}` and `[[name]]`, the old way to write it. */
export const REFERENCE = /\$(\w+)|\$\{(\w+)(?:\.[^:^}]+)?(?::([^}]+))?\}|\[\[(\w+?)(?::(\w+))?\]\]/g;

/**
 * A query as Grafana sends it: its variables and macros replaced by values. A variable without a value stands for
 * all of its values. Throws where no dashboard has such a variable.
 */
export function withVariables(
  expr: string,
  values: Readonly<Record<string, Value>> = {},
  macros: Macros = {},
): string {
  const known = macroValues(macros);
  return expr.replace(REFERENCE, (_, plain, braced, format, bracketed, oldFormat) => {
    const name: string = plain ?? braced ?? bracketed;
    const macro = known[name];
    if (macro !== undefined) return macro;
    const value = values[name] ?? ALL;
    if (value === ALL) return allOf(name);
    return formatted(value, format ?? oldFormat);
  });
}

function macroValues({
  interval = '15s',
  rateInterval = '1m',
  range = '1h',
}: Macros): Record<string, string> {
  const seconds = inSeconds(range);
  return {
    __interval: interval,
    __interval_ms: String(inSeconds(interval) * 1_000),
    __rate_interval: rateInterval,
    __range: range,
    __range_s: String(seconds),
    __range_ms: String(seconds * 1_000),
  };
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

function inSeconds(duration: string): number {
  const [, amount = '', unit = ''] = /^(\d+)([smhd])$/.exec(duration) ?? [];
  const factor = UNITS[unit];
  if (factor === undefined) throw new Error(`${duration} is no duration like 15s or 1h`);
  return Number(amount) * factor;
}

function allOf(name: string): string {
  for (const { variables } of dashboards()) {
    const found = variables.find((variable) => variable.name === name);
    if (found) return found.all ?? found.query;
  }
  throw new Error(`No dashboard has a variable ${name}`);
}

/**
 * What a variable that may have several values stands for: a regular expression that matches just these. In a query it
 * stands between quotes, where each of its backslashes needs another one.
 */
function formatted(value: Value, format: string | undefined): string {
  const all = typeof value === 'string' ? [value] : value;
  if (format === 'raw') return all.join(',');
  if (format !== undefined && format !== 'regex') throw new Error(`The format ${format} is not known here`);
  const patterns = all.map((one) => one.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const pattern = patterns.length === 1 ? (patterns[0] ?? '') : `(${patterns.join('|')})`;
  return format === 'regex' ? pattern : pattern.replace(/[\\"]/g, '\\$&');
}
