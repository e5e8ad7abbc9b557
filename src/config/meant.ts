import { DURATION_PATTERN } from '../domain/duration.ts';

/** Unit words that people write in place of ours. */
const UNIT_WORDS: Readonly<Record<string, readonly [count: number, unit: string]>> = {
  msec: [1, 'ms'],
  millisecond: [1, 'ms'],
  sec: [1, 's'],
  second: [1, 's'],
  min: [1, 'm'],
  minute: [1, 'm'],
  hr: [1, 'h'],
  hour: [1, 'h'],
  day: [1, 'd'],
  w: [7, 'd'],
  week: [7, 'd'],
};

/** `; did you mean 5m?` for `5min`, `5 minutes` or `5M`; what is missing for a bare number; nothing where there is no guess. */
export function meantDuration(input: unknown): string {
  if (typeof input !== 'string' && typeof input !== 'number') return '';
  const match = /^(\d{1,9})\s*([a-z]*)$/.exec(String(input).trim().toLowerCase());
  if (match === null) return '';
  const [, number = '', word = ''] = match;
  if (word === '') return '; add a unit: ms, s, m, h or d';
  const [count, unit] = UNIT_WORDS[word] ?? UNIT_WORDS[word.replace(/s$/, '')] ?? [1, word];
  const meant = `${Number(number) * count}${unit}`;
  // What is spelt right already is wrong for another reason.
  return meant !== input && DURATION_PATTERN.test(meant) ? `; did you mean ${meant}?` : '';
}

/** `2027-03-01` for `2027-3-1` and `2027/03/01`; where day and month could be exchanged there is no guess. */
export function meantDate(input: unknown): string {
  const match = typeof input === 'string' ? /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(input.trim()) : null;
  if (match === null) return '';
  const [, year = '', month = '', day = ''] = match;
  return `; did you mean ${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}?`;
}

/** `acme-siem` for `Acme SIEM`: the nearest id or name of a channel. */
export function meantId(input: unknown, form: RegExp): string {
  return typeof input === 'string'
    ? meantName(input.toLowerCase().replaceAll(/[^a-z0-9._-]+/g, '-'), form)
    : '';
}

/** `cost_center` for `cost-center`: the nearest name of a label. */
export function meantLabel(input: unknown, form: RegExp): string {
  return typeof input === 'string' ? meantName(input.replaceAll(/[^A-Za-z0-9_]+/g, '_'), form) : '';
}

function meantName(text: string, form: RegExp): string {
  const name = text.replaceAll(/^[_.-]+|[_.-]+$/g, '');
  return form.test(name) ? `; did you mean ${name}?` : '';
}

/** The words for a switch that YAML 1.1 knew, and texts. */
export function meantSwitch(input: unknown): string {
  if (typeof input !== 'string') return '';
  if (/^(true|yes|on|y)$/i.test(input)) return '; did you mean true?';
  return /^(false|no|off|n)$/i.test(input) ? '; did you mean false?' : '';
}
