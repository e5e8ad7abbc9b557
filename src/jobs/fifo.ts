/** First in, first out, at the same small cost however many wait. */
export class Fifo<T> {
  #arrived: T[] = [];
  /** In reverse order, so that the first is taken from the end. */
  #leaving: T[] = [];

  get size(): number {
    return this.#arrived.length + this.#leaving.length;
  }

  push(item: T): void {
    this.#arrived.push(item);
  }

  shift(): T | undefined {
    if (this.#leaving.length === 0) {
      this.#leaving = this.#arrived.reverse();
      this.#arrived = [];
    }
    return this.#leaving.pop();
  }
}
