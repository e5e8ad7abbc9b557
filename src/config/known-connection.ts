import type { Connection, Probe } from '../domain/connection.ts';
import type { KnownLine } from './known-lines.ts';

/** Stands for the connection of a known line. Its line is read only when somebody asks for what is not remembered. */
export class KnownConnection implements Connection {
  readonly id: string;
  readonly channels: Connection['channels'];
  /** Where it stands among the earlier connections. */
  readonly position: number;
  readonly #read: () => Connection;
  #whole: Connection | null = null;

  constructor({ position, earlier }: KnownLine, read: () => Connection) {
    this.id = earlier.ids[position] ?? '';
    this.channels = earlier.channels[position] ?? null;
    this.position = position;
    this.#read = read;
  }

  get tenant(): string {
    return this.#all().tenant;
  }

  get gateway(): string {
    return this.#all().gateway;
  }

  get clientId(): Connection['clientId'] {
    return this.#all().clientId;
  }

  get clientSecret(): Connection['clientSecret'] {
    return this.#all().clientSecret;
  }

  get intervalMs(): number {
    return this.#all().intervalMs;
  }

  get timeoutMs(): number {
    return this.#all().timeoutMs;
  }

  get confirmations(): number {
    return this.#all().confirmations;
  }

  get secretExpiresAt(): number | null {
    return this.#all().secretExpiresAt;
  }

  get labels(): Connection['labels'] {
    return this.#all().labels;
  }

  get enabled(): boolean {
    return this.#all().enabled;
  }

  /** Undefined where there is none; a getter can't be left out. */
  get probe(): Probe {
    return this.#all().probe as Probe;
  }

  #all(): Connection {
    this.#whole ??= this.#read();
    return this.#whole;
  }
}
