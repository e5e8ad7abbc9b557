/** Keeps the series of one label in step with what is configured. */
export class KnownLabels {
  readonly #known = new Set<string>();
  readonly #series: { add(value: string): void; remove(value: string): void };

  constructor(series: { add(value: string): void; remove(value: string): void }) {
    this.#series = series;
  }

  has(value: string): boolean {
    return this.#known.has(value);
  }

  keep(values: readonly string[]): void {
    const wanted = new Set(values);
    for (const value of this.#known) {
      if (wanted.has(value)) continue;
      this.#series.remove(value);
      this.#known.delete(value);
    }
    for (const value of wanted) {
      if (this.#known.has(value)) continue;
      this.#series.add(value);
      this.#known.add(value);
    }
  }
}
