import type { Observation } from '../../src/domain/health.ts';
import type { State } from '../../src/domain/state.ts';
import { certaintyOf } from '../../src/domain/verdict.ts';
import { type Happening, HISTORY_POLICY as POLICY } from './history.ts';

const OPEN: readonly State[] = ['pending', 'healthy', 'suspect'];
const CONFIRMED: readonly State[] = ['revoked', 'never_valid', 'expired', 'forbidden'];

/** An unknown verdict, by a clock that stands still while the monitor is down. */
interface Unsure {
  readonly at: number;
  readonly unknown401: boolean;
}

/**
 * Section 1 of the contract once more, written from its sentences and in other terms than the program: lists of
 * what was seen instead of counts. Slow and short; the properties hold the program against it.
 */
export class Model {
  state: State = 'pending';
  incident: 'credential_invalid' | 'credential_unverifiable' | null = null;
  critical = false;
  /** When the rejections of the present secret that counted began. */
  counted: number[] = [];
  #latest = Number.NEGATIVE_INFINITY;
  #awake = 0;
  #unsure: Unsure[] = [];
  #secret: string | null = null;
  #replaced: { secret: string; at: number } | null = null;
  #worked: string[] = [];

  happen(happening: Happening, now: number): void {
    if (happening.kind === 'check') this.#check({ ...happening.observation, startedAt: now });
    else this.#switch(happening.kind);
  }

  #switch(kind: 'disable' | 'enable' | 'remove'): void {
    if (kind === 'disable' && this.state === 'disabled') return;
    if (kind === 'enable' && this.state !== 'disabled') return;
    this.state = kind === 'disable' ? 'disabled' : 'pending';
    if (kind !== 'enable') this.#close();
    this.counted = [];
    this.#unsure = [];
  }

  #check(seen: Observation): void {
    const { startedAt: at, fingerprint: secret, result } = seen;
    if (this.state === 'disabled' || at <= this.#latest) return;
    const replaced = this.#replaced;
    if (secret !== this.#secret && secret === replaced?.secret && at - replaced.at < 65_000) return;
    if (at - this.#latest <= 2 * POLICY.intervalMs) this.#awake += at - this.#latest;
    this.#latest = at;
    if (secret !== null && secret !== this.#secret) this.#adopt(secret, at);
    switch (certaintyOf(result.verdict)) {
      case 'valid':
        this.#valid(secret);
        return;
      case 'invalid':
        this.#refused(seen);
        return;
      case 'unknown':
        this.#unknown(
          result.verdict === 'auth_uncertain' && result.httpStatus === 401 && result.code !== null,
        );
        return;
    }
  }

  #adopt(secret: string, at: number): void {
    this.#replaced = this.#secret === null ? null : { secret: this.#secret, at };
    this.#secret = secret;
    this.counted = [];
    this.#unsure = this.#unsure.map((one) => ({ ...one, unknown401: false }));
    if (OPEN.includes(this.state)) this.state = 'pending';
  }

  #valid(secret: string | null): void {
    this.state = 'healthy';
    this.counted = [];
    this.#unsure = [];
    this.#close();
    if (secret !== null) this.#worked = [secret, ...this.#worked.filter((one) => one !== secret)].slice(0, 3);
  }

  #refused({ startedAt: at, fingerprint: secret, result: { verdict } }: Observation): void {
    this.#unsure = [];
    const known = CONFIRMED.includes(this.state) && this.counted.length > 0;
    const last = this.counted.at(-1);
    const counts = last === undefined || at - last >= POLICY.confirmDelayMs;
    if (counts) this.counted.push(at);
    if (!known && (!counts || this.counted.length < POLICY.confirmations)) {
      this.state = 'suspect';
      return;
    }
    if (verdict === 'forbidden') this.state = 'forbidden';
    else if (verdict === 'key_expired') this.state = 'expired';
    else if (!known || this.state === 'forbidden') {
      const expired = POLICY.secretExpiresAt !== null && at >= POLICY.secretExpiresAt;
      this.state = expired ? 'expired' : this.#worked.includes(secret ?? '') ? 'revoked' : 'never_valid';
    }
    // An incident may become graver, but not less grave.
    const before = this.incident === 'credential_invalid' && this.critical;
    this.incident = 'credential_invalid';
    this.critical = before || this.state !== 'never_valid';
  }

  #unknown(unknown401: boolean): void {
    this.#unsure.push({ at: this.#awake, unknown401 });
    const last401s = this.#unsure.slice(this.#unsure.findLastIndex((one) => !one.unknown401) + 1);
    if (OPEN.includes(this.state) && this.#lasted(this.#unsure)) this.state = 'unverifiable';
    if (this.state !== 'unverifiable') return;
    this.incident ??= 'credential_unverifiable';
    if (this.incident !== 'credential_unverifiable') return;
    // A count that is not empty: the last certain answer was a rejection.
    this.critical ||= this.#lasted(last401s) || this.counted.length > 0;
  }

  #lasted(run: readonly Unsure[]): boolean {
    const [first] = run;
    const last = run.at(-1);
    return (
      first !== undefined &&
      last !== undefined &&
      run.length >= 2 &&
      last.at - first.at >= POLICY.unverifiableAfterMs
    );
  }

  #close(): void {
    this.incident = null;
    this.critical = false;
  }
}
