import { type Connection, customerKey } from '../../src/domain/connection.ts';
import { type DecidePolicy, type Decision, decide } from '../../src/domain/decide.ts';
import type { MonitorEvent } from '../../src/domain/event.ts';
import { type Incident, isOver } from '../../src/domain/incident.ts';
import { serialAfter } from '../../src/domain/incident-id.ts';
import type { Ladder } from '../../src/domain/ladder.ts';
import { type HealthRecord, newRecord } from '../../src/domain/record.ts';
import { Secret } from '../../src/domain/secret.ts';
import { type Family, SiblingLooks, siblingsToAsk } from '../../src/domain/sibling-looks.ts';
import { summaryOf } from '../../src/domain/summary.ts';
import { type Survey, Surveyor, windowsOf } from '../../src/domain/survey.ts';
import { type CheckOrder, type CheckPorts, checkConnection } from '../../src/jobs/check-connection.ts';
import { probe } from '../../src/jobs/probe.ts';
import type { SimulatedGateways } from './gateway.ts';
import { Heap } from './heap.ts';
import { DAY, nextSlot, type World } from './world.ts';

/** The keeper's turns, and how often it looks at the fleet (every 5 s in truth; this only makes it later). */
const TURN_MS = 500;
const LOOK_MS = 15_000;
const CONFIRM_DELAY_MS = 15_000;
const CODES = { rejected: [], forbidden: [], expired: [] };

/** One message, at a moment of true time, with every connection it covers. */
export interface Message {
  readonly at: number;
  readonly kind: Incident['kind'];
  readonly status: string;
  readonly severity: string;
  readonly covers: readonly string[];
}

type Task = { readonly kind: 'check'; readonly order: CheckOrder } | { readonly kind: 'turn' };

/** The real parts (probe, classify, advance, decide) on a virtual clock, with records and incidents in memory. */
export class SimulatedMonitor {
  readonly messages: Message[] = [];
  /** Why incidents had no message of their own: reason → how many. */
  readonly quiet = new Map<string, number>();
  checks = 0;
  readonly #world: World;
  readonly #gateways: SimulatedGateways;
  readonly #tasks = new Heap<Task>();
  readonly #byId: ReadonlyMap<string, Connection>;
  readonly #families = new Map<string, Connection[]>();
  readonly #records = new Map<string, HealthRecord>();
  readonly #windows: ReadonlyMap<string, number>;
  readonly #policy: DecidePolicy;
  #events: MonitorEvent[] = [];
  #incidents: readonly Incident[] = [];
  #ladders: ReadonlyMap<string, Ladder> = new Map();
  readonly #siblings = new SiblingLooks();
  #lastSurvey: Survey | null = null;
  #serial = Number.NEGATIVE_INFINITY;
  #lookAt = 0;
  #nextAt: number | null = null;

  constructor(world: World, gateways: SimulatedGateways) {
    this.#world = world;
    this.#gateways = gateways;
    this.#byId = new Map(world.connections.map((connection) => [connection.id, connection]));
    this.#windows = windowsOf(world.connections);
    for (const connection of world.connections) {
      const family = `${connection.gateway} ${connection.tenant}`;
      this.#families.set(family, [...(this.#families.get(family) ?? []), connection]);
      this.#records.set(connection.id, newRecord(connection.gateway, this.#clock(0), null));
      const record = this.#records.get(connection.id);
      if (record) this.#records.set(connection.id, { ...record, state: 'pending' });
      this.#schedule(connection.id, nextSlot(connection, 0));
    }
    this.#tasks.push(TURN_MS, { kind: 'turn' });
    this.#policy = {
      epoch: 'e1',
      issuing: new Set(windowsOf(world.connections).keys()),
      historyLoss: null,
      routes: [],
      channels: ['soc'],
      scoped: new Set(),
      alertPerIncident: new Set(),
      reminderEveryMs: DAY,
      mass: { atLeast: 10, share: 0.05 },
      confirmDelayMs: CONFIRM_DELAY_MS,
      unverifiableAfterMs: 30 * 60_000,
      warnBeforeMs: [30, 14, 7, 3, 1].map((days) => days * DAY),
      find: (id) => this.#byId.get(id),
    };
  }

  async run(until: number): Promise<void> {
    for (;;) {
      const task = this.#tasks.pop();
      if (!task || task.at >= until) return;
      const up = this.#upAgainAt(task.at);
      // Whatever was due while the monitor was down is taken up when it runs again; missed slots are gone.
      if (up !== null) this.#afterDowntime(task.value, up);
      else if (task.value.kind === 'turn') this.#turn(task.at);
      else await this.#check(task.value.order, task.at);
    }
  }

  #afterDowntime(task: Task, up: number): void {
    if (task.kind === 'check' && task.order.trigger === 'schedule') {
      const connection = this.#byId.get(task.order.id);
      if (connection) this.#schedule(connection.id, nextSlot(connection, up));
    } else this.#tasks.push(up, task);
  }

  #upAgainAt(at: number): number | null {
    return this.#world.monitorDown.find(({ from, to }) => at >= from && at < to)?.to ?? null;
  }

  /** What the monitor's clock shows. */
  #clock(at: number): number {
    const off = this.#world.clockOff.find(({ from, to }) => at >= from && at < to)?.byMs ?? 0;
    return Date.UTC(2026, 0, 1) + at + off;
  }

  #schedule(id: string, at: number): void {
    this.#tasks.push(at, { kind: 'check', order: { id, dueAt: at, trigger: 'schedule' } });
  }

  async #check(order: CheckOrder, at: number): Promise<void> {
    const connection = this.#byId.get(order.id);
    if (!connection) return;
    if (order.trigger === 'schedule') this.#schedule(order.id, nextSlot(connection, at));
    const early = order.trigger === 'recheck' ? order.dueAt - this.#clock(at) : 0;
    if (early > 0) {
      // A delayed job waits for the clock to show its time.
      this.#tasks.push(at + early, { kind: 'check', order });
      return;
    }
    this.checks += 1;
    await checkConnection(order, connection.gateway, this.#ports(at));
  }

  #ports(begun: number): CheckPorts {
    let at = begun;
    const now = () => this.#clock(at);
    return {
      now,
      find: (id) => this.#byId.get(id),
      settings: () => ({ codes: CODES, confirmDelayMs: CONFIRM_DELAY_MS, unverifiableAfterMs: 30 * 60_000 }),
      crowding: () => 1,
      probe: async (connection) => ({
        epoch: 'e1',
        token: null,
        observation: await probe(connection, CODES, {
          now,
          find: async () => ({ secret: PLACEHOLDER, lookedAt: at, stale: false }),
          fingerprint: () => this.#gateways.secretOf(connection.id, at),
          exchange: async () => {
            const { outcome, tookMs } = this.#gateways.ask(connection, at);
            at += tookMs;
            return outcome;
          },
        }),
      }),
      // No connection of the bench is probed.
      askPermission: async () => null,
      probed: () => undefined,
      read: async (id) => this.#records.get(id) ?? null,
      save: async (id, _before, after, events) => {
        this.#records.set(id, after);
        this.#events.push(...events);
        return 'saved';
      },
      confirmIdentity: async () => undefined,
      scheduleRecheck: async (id, _version, dueAt) => {
        const due = at + Math.max(0, dueAt - this.#clock(at));
        this.#tasks.push(due, { kind: 'check', order: { id, dueAt, trigger: 'recheck' } });
      },
      slowDown: async () => undefined,
      observed: () => undefined,
    };
  }

  #askSiblings(family: Family, at: number): void {
    const members = this.#families.get(customerKey(family)) ?? [];
    const records = members.map(({ id }) => [id, this.#records.get(id) ?? null] as const);
    const { ids, refused } = siblingsToAsk(records, family);
    if (!refused) this.#siblings.end(family);
    for (const id of ids) {
      const order = { id, dueAt: this.#clock(at), trigger: 'look' } as const;
      this.#tasks.push(at + TURN_MS, { kind: 'check', order });
    }
  }

  #turn(at: number): void {
    const now = this.#clock(at);
    const look = at >= this.#lookAt;
    if (this.#events.length > 0 || look || (this.#nextAt !== null && this.#nextAt <= now)) {
      const events = this.#events;
      this.#decide(at, now, look);
      for (const family of this.#siblings.begin(events, CONFIRM_DELAY_MS, now)) this.#askSiblings(family, at);
    }
    for (const family of this.#siblings.due(now)) this.#askSiblings(family, at);
    // Most turns find nothing to do; those are left out.
    const busy = this.#events.length > 0 || this.#lookAt <= at;
    const soonest = Math.min(
      ...[this.#nextAt, this.#siblings.nextAt()].map((time) => time ?? Number.POSITIVE_INFINITY),
    );
    const wakeUp = at + Math.max(0, soonest - now);
    const next = busy
      ? at + TURN_MS
      : Math.min(this.#lookAt, Math.max(wakeUp, at + TURN_MS), at + 10 * TURN_MS);
    this.#tasks.push(next, { kind: 'turn' });
  }

  #decide(at: number, now: number, look: boolean): void {
    const events = this.#events;
    this.#events = [];
    const survey = look ? this.#survey(now) : null;
    this.#serial = serialAfter(this.#serial, now);
    const decision = decide(
      {
        events,
        incidents: this.#incidents,
        ladders: this.#ladders,
        silences: [],
        survey,
        lastSurvey: this.#lastSurvey,
        health: null,
        serial: this.#serial,
      },
      this.#policy,
      now,
    );
    if (survey) {
      this.#lastSurvey = survey;
      this.#lookAt = at + LOOK_MS;
    }
    if (decision.wantsSurvey) this.#lookAt = at;
    this.#nextAt = decision.nextAt;
    this.#keep(decision, at);
  }

  #survey(now: number) {
    const masses = this.#incidents.filter(({ kind }) => kind === 'mass_rejection');
    const watched = new Set(masses.flatMap(({ members }) => members));
    const surveyor = new Surveyor(now, this.#windows, watched);
    for (const connection of this.#world.connections) {
      const record = this.#records.get(connection.id);
      surveyor.add(connection, record ? summaryOf(record) : null);
    }
    return surveyor.finish();
  }

  #keep(decision: Decision, at: number): void {
    if (decision.incidents.length > 0) {
      const changed = new Set(decision.incidents.map(({ id }) => id));
      this.#incidents = [
        ...this.#incidents.filter(({ id }) => !changed.has(id)),
        ...decision.incidents.filter((incident) => !isOver(incident)),
      ];
    }
    if (decision.ladders.size > 0) {
      const ladders = new Map(this.#ladders);
      for (const [id, ladder] of decision.ladders) {
        if (ladder) ladders.set(id, ladder);
        else ladders.delete(id);
      }
      this.#ladders = ladders;
    }
    for (const [index, one] of this.#world.connections
      .filter((each) => decision.askAll.includes(each.gateway))
      .entries()) {
      const order = { id: one.id, dueAt: this.#clock(at), trigger: 'look' } as const;
      this.#tasks.push(at + TURN_MS + index * 10, { kind: 'check', order });
    }
    for (const { reason } of decision.quiet) this.quiet.set(reason, (this.quiet.get(reason) ?? 0) + 1);
    for (const { notification } of decision.notifications) {
      const { kind, status, severity, connection, incident } = notification;
      const covers = connection ? [connection.id] : this.#coveredBy(incident, decision);
      this.messages.push({ at, kind, status, severity, covers });
    }
  }

  #coveredBy(id: string, decision: Decision): readonly string[] {
    const all = [...decision.incidents, ...this.#incidents];
    const own = all.find((incident) => incident.id === id)?.members ?? [];
    const grouped = all.flatMap(({ group, connection }) =>
      group === id && connection ? [connection.id] : [],
    );
    return [...new Set([...own, ...grouped])];
  }
}

/** The simulated gateways know whose keys are asked about; the value itself says nothing. */
const PLACEHOLDER = new Secret('simulated');
