import { setTimeout as pause } from 'node:timers/promises';
import { request } from 'undici';
import type { Member } from './fleet.ts';
import type { SoakWorld } from './world.ts';

/** The secret before is known to processes for a minute; what is refused of it meanwhile says nothing. */
const AFTER_ROTATION_MS = 70_000;
/** A key that was mended is left alone until its mending must have been noticed. */
const AFTER_MENDING_MS = 240_000;

/** Has keys revoked, restored and rotated, and some silenced, as long as the soak lasts; the truth is noted. */
export class Stirrer {
  readonly #world: SoakWorld;
  /** Connection → when it may be touched again. */
  readonly #resting = new Map<string, number>();
  /** Connection → when and how it is mended. */
  readonly #toMend = new Map<string, { readonly at: number; readonly rotated: boolean }>();
  readonly #silences = new Map<string, { readonly silence: string; readonly until: number }>();
  #generation = 0;
  #stopped = false;
  #running: Promise<void> | null = null;
  #step: Promise<void> | null = null;

  constructor(world: SoakWorld) {
    this.#world = world;
  }

  start(): void {
    this.#running = this.#run();
    // Told by `stop`; until then it must not end the process.
    this.#running.catch(() => undefined);
  }

  /** Resolves when nothing is being asked of the monitor. */
  async idle(): Promise<void> {
    await this.#step;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async unsilenceAll(): Promise<void> {
    for (const id of [...this.#silences.keys()]) await this.#unsilence(id);
  }

  /** Everything that is broken works again. */
  async mendAll(): Promise<void> {
    for (const id of [...this.#toMend.keys()]) await this.#mend(id);
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.#step = this.#change();
      await this.#step;
      await pause(this.#world.options.stirEveryMs);
    }
  }

  async #change(): Promise<void> {
    const { dice, now, truth } = this.#world;
    for (const [id, { at }] of [...this.#toMend]) if (at <= now()) await this.#mend(id);
    const isCalm = truth.calmSince(now()) <= now();
    for (const [id, { until }] of [...this.#silences]) {
      if (isCalm && until <= now()) await this.#unsilence(id);
    }
    const move = dice.next();
    const id = this.#pick()?.id;
    if (id === undefined) return;
    if (move < 0.5) this.#revoke(id);
    else if (move < 0.7) await this.#rotate(id);
    else if (move < 0.85) this.#rotateAtVendor(id);
    else if (isCalm) await this.#silenceAndRevoke(id);
  }

  /** One that works, was seen to work, and is not about to be seen otherwise. */
  #pick(): Member | null {
    const { dice, fleet, gateway, now } = this.#world;
    const present = fleet.present();
    for (let tries = 0; tries < 20; tries++) {
      const member = dice.pick(present);
      if ((this.#resting.get(member.id) ?? 0) > now() || this.#toMend.has(member.id)) continue;
      if (gateway.key(member.id).proven) return member;
    }
    return null;
  }

  #revoke(id: string): void {
    const { gateway } = this.#world;
    gateway.key(id).revoked = true;
    this.#spoiled(id, false);
  }

  /** The vendor knows the new secret before the monitor does. */
  #rotateAtVendor(id: string): void {
    this.#world.gateway.rotate(id, this.#newSecretOf(id));
    this.#spoiled(id, true);
  }

  #spoiled(id: string, rotated: boolean): void {
    const { truth, options, dice, now } = this.#world;
    truth.spoil(id, now());
    this.#toMend.set(id, { at: now() + dice.between(...options.badForMs), rotated });
  }

  async #mend(id: string): Promise<void> {
    const { gateway, fleet, truth, now } = this.#world;
    const mending = this.#toMend.get(id);
    this.#toMend.delete(id);
    this.#resting.set(id, now() + AFTER_MENDING_MS);
    if (mending?.rotated) await fleet.writeSecret(id, gateway.key(id).secret);
    gateway.key(id).revoked = false;
    truth.mend(id, now());
  }

  /** Nobody is to notice. */
  async #rotate(id: string): Promise<void> {
    const { gateway, fleet, now } = this.#world;
    this.#resting.set(id, now() + AFTER_ROTATION_MS);
    const secret = this.#newSecretOf(id);
    gateway.rotate(id, secret);
    await fleet.writeSecret(id, secret);
  }

  #newSecretOf(id: string): string {
    this.#generation += 1;
    return `secret-${this.#generation}-of-${id}`;
  }

  async #silenceAndRevoke(id: string): Promise<void> {
    const { truth, options, dice, now } = this.#world;
    const [least] = options.badForMs;
    const body = JSON.stringify({
      match: { connection: id },
      reason: 'soak',
      author: 'soak',
      duration: '1h',
    });
    const { id: silence } = (await this.#ask('/api/v1/silences', 'POST', body)) as { id: string };
    truth.silence(id, now());
    this.#silences.set(id, { silence, until: now() + dice.between(0.3 * least, 0.6 * least) });
    this.#revoke(id);
  }

  async #unsilence(id: string): Promise<void> {
    const { truth, now } = this.#world;
    const known = this.#silences.get(id);
    if (!known) return;
    this.#silences.delete(id);
    // Noted first: from the moment it is asked for, the end of a silence may be told.
    truth.unsilence(id, now());
    await this.#ask(`/api/v1/silences/${known.silence}`, 'DELETE');
  }

  async #ask(path: string, method: 'POST' | 'DELETE', body?: string): Promise<unknown> {
    const { monitors } = this.#world;
    const url = new URL(path, monitors.post('a').process.url);
    const headers = { 'content-type': 'application/json' };
    const answer = await request(url, { method, reset: true, ...(body !== undefined && { body, headers }) });
    const text = await answer.body.text();
    if (answer.statusCode >= 300)
      throw new Error(`${method} ${path} was answered ${answer.statusCode}: ${text}`);
    return text === '' ? null : JSON.parse(text);
  }
}
