/** `1 connection`, `2 connections`. */
export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** `5,000`; at most three digits after the point. */
export function withCommas(number: number): string {
  return number.toLocaleString('en-US', { maximumFractionDigits: 3 });
}
