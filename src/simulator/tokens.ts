import { freshToken } from './answers.ts';
import type { Key } from './keys.ts';

/** So many of the latest tokens are known: memory must not grow with every exchange of a load test. */
const MOST_TOKENS = 10_000;

/** The tokens that were issued, and to whom. */
export class TokenBook {
  readonly #owners = new Map<string, Key | undefined>();

  /** A token that was never issued before. */
  issue(owner: Key | undefined): string {
    const token = freshToken();
    this.#owners.set(token, owner);
    if (this.#owners.size > MOST_TOKENS) {
      const [oldest = ''] = this.#owners.keys();
      this.#owners.delete(oldest);
    }
    return token;
  }

  ownerOf(token: string): Key | undefined {
    return this.#owners.get(token);
  }

  all(): readonly string[] {
    return [...this.#owners.keys()];
  }
}
