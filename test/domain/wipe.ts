import { type Connection, identityOf } from '../../src/domain/connection.ts';
import type { StateEvent } from '../../src/domain/event.ts';
import { advance } from '../../src/domain/health.ts';
import { type HealthRecord, newRecord } from '../../src/domain/record.ts';
import { offsetOf } from '../../src/domain/schedule.ts';
import { type Family, SiblingLooks, siblingsToAsk } from '../../src/domain/sibling-looks.ts';
import { DAY, POLICY, resultOf, SECOND, T0 } from './checks.ts';
import { Desk } from './desk.ts';

const TURN = SECOND / 2;
const LOOK = 5 * SECOND;

/** What the gateway says of a connection at a moment, epoch ms. */
export type Answers = (id: string, at: number) => 'valid' | 'rejected';

/** A fleet that is checked by its schedule, by re-checks and by looks at siblings, and the desk that hears of it. */
export class WatchedFleet {
  readonly desk: Desk;
  /** Checks that were asked for because of a sibling. */
  asks = 0;
  readonly #fleet: readonly Connection[];
  readonly #answers: Answers;
  readonly #records: Map<string, HealthRecord>;
  readonly #looks = new SiblingLooks();
  readonly #asked = new Set<string>();
  #events: StateEvent[] = [];

  constructor(fleet: readonly Connection[], answers: Answers) {
    const byId = new Map(fleet.map((connection) => [connection.id, connection]));
    this.desk = new Desk({ find: (id) => byId.get(id), channels: ['soc'] });
    this.#fleet = fleet;
    this.#answers = answers;
    const lastSlot = ({ id, intervalMs }: Connection) => slotBefore(id, intervalMs, T0);
    this.#records = new Map(
      fleet.map((connection) => [
        connection.id,
        {
          ...newRecord(connection.gateway, T0 - DAY, null),
          state: 'healthy' as const,
          fingerprint: 'first',
          validFingerprints: ['first'],
          lastCheckAt: lastSlot(connection),
          lastVerdict: 'valid' as const,
          lastSuccessAt: lastSlot(connection),
        },
      ]),
    );
  }

  /** Lets time pass in the turns of a keeper. */
  pass(ms: number): this {
    const { desk } = this;
    for (const end = desk.now + ms; desk.now < end; ) {
      desk.pass(TURN);
      this.#check(desk.now);
      const events = this.#events;
      this.#events = [];
      desk.fleet = this.#fleet.flatMap((one) => {
        const record = this.#records.get(one.id);
        return record ? [[one, record] as const] : [];
      });
      if (desk.now % LOOK === 0) desk.look();
      if (events.length > 0) desk.happen(...events);
      for (const family of this.#looks.begin(events, POLICY.confirmDelayMs, desk.now)) this.#ask(family);
      for (const family of this.#looks.due(desk.now)) this.#ask(family);
    }
    return this;
  }

  #ask(family: Family): void {
    const members = this.#fleet.filter(
      ({ tenant, gateway }) => tenant === family.tenant && gateway === family.gateway,
    );
    const known = members.map(({ id }) => [id, this.#records.get(id) ?? null] as const);
    const { ids, refused } = siblingsToAsk(known, family);
    if (!refused) this.#looks.end(family);
    for (const id of ids) this.#asked.add(id);
    this.asks += ids.length;
  }

  #check(now: number): void {
    for (const { id, intervalMs } of this.#fleet) {
      const slot = slotBefore(id, intervalMs, now);
      const recheckAt = this.#records.get(id)?.recheckAt ?? null;
      if (slot > now - TURN) this.#exchange(id, slot);
      else if (this.#asked.delete(id) || (recheckAt !== null && recheckAt <= now)) this.#exchange(id, now);
    }
  }

  #exchange(id: string, at: number): void {
    const connection = this.#fleet.find((one) => one.id === id);
    const record = this.#records.get(id);
    if (!connection || !record) return;
    const { intervalMs, confirmations } = connection;
    const observation = { startedAt: at, fingerprint: 'first', result: resultOf(this.#answers(id, at)) };
    const step = advance(record, observation, { ...POLICY, intervalMs, confirmations }, this.desk.now);
    this.#records.set(id, step.record);
    const about = { connection: identityOf(connection), channels: null, declaredExpiry: null };
    this.#events.push(...step.transitions.map((one): StateEvent => ({ type: 'state', ...one, ...about })));
  }
}

function slotBefore(id: string, intervalMs: number, now: number): number {
  const offset = offsetOf(id, intervalMs);
  return Math.floor((now - offset) / intervalMs) * intervalMs + offset;
}
