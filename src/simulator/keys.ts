import type { Performance } from './behaviour-entry.ts';
import { type Behaviour, readBehaviour } from './behaviours.ts';
import { Subject } from './subject.ts';

/** One key pair the simulator issues tokens to. */
export interface SimulatedKey {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Default: normal. */
  readonly behaviour?: Behaviour;
}

/** The name under which the whole gateway is told how to behave and is counted. */
export const GATEWAY = '*';

export class Key extends Subject {
  readonly clientId: string;
  /** How calls with this key's tokens are answered. */
  readonly api = new Subject();
  #secret: string;

  constructor(clientId: string, secret: string) {
    super();
    this.clientId = clientId;
    this.#secret = secret;
  }

  accepts(secret: string): boolean {
    return secret === this.#secret;
  }

  rotate(secret: string): void {
    this.#secret = secret;
    // Regenerating a revoked pair makes a good one; any other trouble is not about the secret and stays.
    if (this.behaviour.kind === 'revoked') this.perform(read({ kind: 'normal' }));
  }
}

/** All key pairs of one simulator, and the gateway they belong to. */
export class KeyRing {
  readonly gateway = new Subject();
  readonly #keys = new Map<string, Key>();

  /** Throws when two keys share a client id or one cannot be told from the gateway. */
  constructor(keys: readonly SimulatedKey[]) {
    for (const { clientId, clientSecret, behaviour } of keys) {
      if (clientId === '' || clientId === GATEWAY) throw new TypeError(`not a client id: '${clientId}'`);
      if (clientSecret === '') throw new TypeError(`the secret of ${clientId} is empty`);
      if (this.#keys.has(clientId)) throw new TypeError(`two keys have the client id ${clientId}`);
      const key = new Key(clientId, clientSecret);
      if (behaviour !== undefined) key.perform(read(behaviour));
      this.#keys.set(clientId, key);
    }
  }

  find(clientId: string): Key | undefined {
    return this.#keys.get(clientId);
  }

  all(): Iterable<Key> {
    return this.#keys.values();
  }

  /** Throws for a client id that is not there: a test that waits for it would wait for ever. */
  subject(clientId: string): Subject {
    return clientId === GATEWAY ? this.gateway : this.key(clientId);
  }

  key(clientId: string): Key {
    const key = this.#keys.get(clientId);
    if (key === undefined) throw new RangeError(`the simulator has no key with client id ${clientId}`);
    return key;
  }

  giveUpWaiting(error: Error): void {
    this.gateway.giveUpWaiting(error);
    for (const key of this.#keys.values()) {
      key.giveUpWaiting(error);
      key.api.giveUpWaiting(error);
    }
  }
}

/** Reads a behaviour given in code, where a mistake is the programmer's and is thrown. */
export function read(behaviour: Behaviour): Performance {
  const result = readBehaviour(behaviour);
  if (!result.ok) throw new TypeError(`not a behaviour: ${result.problem}`);
  return result.performance;
}
