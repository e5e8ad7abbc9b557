/**
 * A value that must never be shown: client secrets, bearer tokens, webhook URLs.
 *
 * Every ordinary way of turning it into text yields `[redacted]`, so that a stray log call, an error message
 * or a JSON document cannot leak it. `reveal()` is the only way in, and is called where the value is sent.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  /** Whether both hold the same value, which neither has to show for it. */
  equals(other: Secret): boolean {
    return this.#value === other.#value;
  }

  toString(): string {
    return '[redacted]';
  }

  toJSON(): string {
    return '[redacted]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[redacted]';
  }
}
