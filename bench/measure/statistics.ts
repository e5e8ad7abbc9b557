export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** `lowest to highest`, so that a reader sees how much the rounds differed. */
export function rangeOf(values: readonly number[], show: (value: number) => string): string {
  return `${show(Math.min(...values))} to ${show(Math.max(...values))}`;
}
