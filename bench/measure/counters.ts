/** Sums the samples of a series whose labels fit. */
export function sumOf(metrics: string, name: string, fits: RegExp = /./): number {
  let sum = 0;
  for (const [, labels = '', value] of metrics.matchAll(new RegExp(`^${name}\\{([^}]*)\\} (\\S+)$`, 'gm'))) {
    if (fits.test(labels)) sum += Number(value);
  }
  return sum;
}

export const VALID = /verdict="valid"/;

export function healthyIn(metrics: string): number {
  return sumOf(metrics, 'mimecast_connections', /state="healthy"/);
}
