export interface OfficePorts {
  readonly lease: {
    /** `gained` when it was not held a moment ago. */
    acquire(): Promise<{ held: boolean; gained: boolean }>;
    release(): Promise<void>;
  };
  readonly changed: (isHeld: boolean) => void;
  readonly failed: (error: unknown) => void;
}

/** Several times within the lease, so that a renewal that fails costs nothing yet. */
const RENEW_MS = 1_500;

/** The office of the keeper, which one process holds at a time: whoever has the lease. */
export class Office {
  readonly #ports: OfficePorts;
  #held = false;
  #term = 0;
  #renewing: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(ports: OfficePorts) {
    this.#ports = ports;
  }

  get isHeld(): boolean {
    return this.#held;
  }

  /** Counts the times the lease was won or lost: what was read in one term must not be written in the next. */
  get term(): number {
    return this.#term;
  }

  /** Tries to win the lease again and again, and to keep it; resolves after the first attempt. */
  enter(): Promise<void> {
    this.#timer = setInterval(() => void this.#renew(), RENEW_MS);
    return this.#renew();
  }

  /** Another process has been found to hold the lease. */
  lose(): void {
    this.#change(false);
  }

  /** Hands the lease over. */
  async leave(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    // A lease that is won only now would be nobody's until it ran out.
    await this.#renewing;
    if (this.#held) await this.#ports.lease.release();
    this.#held = false;
  }

  /** Renewals that pile up while Redis is away would contradict each other when it is back. */
  #renew(): Promise<void> {
    this.#renewing ??= this.#acquire().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  async #acquire(): Promise<void> {
    try {
      const { held, gained } = await this.#ports.lease.acquire();
      if (gained || held !== this.#held) this.#change(held);
    } catch (error) {
      this.#ports.failed(error);
    }
  }

  #change(isHeld: boolean): void {
    this.#held = isHeld;
    this.#term += 1;
    this.#ports.changed(isHeld);
  }
}
