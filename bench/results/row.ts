/** One line of the table. */
export interface Row {
  /** Fixed, so that a later run replaces it. */
  readonly id: string;
  readonly what: string;
  /** What is to be reached; null for a figure that only explains others. */
  readonly target: string | null;
  readonly measured: string;
  readonly reached: boolean | null;
  readonly note: string;
}

export interface Judged {
  readonly id: string;
  readonly what: string;
  readonly value: number;
  readonly show: (value: number) => string;
  /** Beside the value: ranges, circumstances. */
  readonly note: string;
}

export function atMost(limit: number, judged: Judged): Row {
  return judge('≤', limit, judged.value <= limit, judged);
}

export function atLeast(limit: number, judged: Judged): Row {
  return judge('≥', limit, judged.value >= limit, judged);
}

export function forInformation({ id, what, value, show, note }: Judged): Row {
  return { id, what, target: null, measured: show(value), reached: null, note };
}

function judge(sign: string, limit: number, reached: boolean, { id, what, value, show, note }: Judged): Row {
  return { id, what, target: `${sign} ${show(limit)}`, measured: show(value), reached, note };
}

export function ratio(value: number): string {
  return value.toFixed(2);
}

export function milliseconds(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

export function seconds(value: number): string {
  return `${value.toFixed(2)} s`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

export function perSecond(value: number): string {
  return `${Math.round(value).toLocaleString('en')}/s`;
}
