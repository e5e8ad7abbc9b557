import { EventEmitter, once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Decision } from '../../src/domain/decide.ts';
import type { MonitorEvent } from '../../src/domain/event.ts';
import { type Incident, isOver } from '../../src/domain/incident.ts';
import { Surveyor } from '../../src/domain/survey.ts';
import { Keeper, type KeeperPorts } from '../../src/jobs/keeper.ts';
import type { ReconcileSummary } from '../../src/jobs/reconcile.ts';
import { eventOf, live, MINUTE, SECOND, seen, T0 } from '../domain/checks.ts';
import { DECIDE_POLICY } from '../domain/desk.ts';

const NOTHING_DONE: ReconcileSummary = {
  created: 0,
  updated: 0,
  removed: 0,
  scheduled: {},
  unscheduled: 0,
  droppedQueues: 0,
};

/** The events of a connection that was revoked, and of one that works again afterwards. */
const LIFE = live([0, 1, 2].map((at) => seen('rejected', at * MINUTE)).concat(seen('valid', 3 * MINUTE)));
const REVOKED: MonitorEvent[] = LIFE.transitions.slice(0, -1).map((transition) => eventOf(transition));
const RECOVERED: MonitorEvent[] = LIFE.transitions.slice(-1).map((transition) => eventOf(transition));

/** What the keepers of several processes share: the lease, the events and the incidents. */
class Office {
  now = T0;
  owner: string | null = null;
  readonly events: MonitorEvent[] = [];
  incidents: Incident[] = [];
  readonly told: string[] = [];
  /** What was opened and ended, whoever was told of it and when. */
  readonly opened: string[] = [];
  readonly log: string[] = [];
  refusal: string | null = null;
  /** Each entry makes the next call of that port fail with it. */
  readonly faults: Partial<Record<'reconcile' | 'commit' | 'commitReply' | 'wakeChannel', Error[]>> = {};
  /** Runs in the middle of a turn, after the events were read. */
  midTurn: (() => Promise<void>) | null = null;
  turns = 0;
  /** Emits the name of a keeper that has won or lost the lease. */
  readonly changes = new EventEmitter();
  readonly keepers: Keeper[] = [];

  keeper(name = 'a'): Keeper {
    const keeper = new Keeper(this.#ports(name));
    this.keepers.push(keeper);
    return keeper;
  }

  #fail(port: keyof Office['faults']): void {
    const fault = this.faults[port]?.shift();
    if (fault) throw fault;
  }

  #ports(name: string): KeeperPorts {
    return {
      now: () => this.now,
      lease: {
        acquire: async () => {
          const gained = this.owner === null;
          this.owner ??= name;
          return { held: this.owner === name, gained };
        },
        release: async () => {
          this.owner = null;
        },
      },
      reconcile: async () => {
        this.log.push(`${name} reconciles`);
        this.#fail('reconcile');
        return NOTHING_DONE;
      },
      incidents: async () => [...this.incidents],
      ladders: async () => new Map(),
      silences: async () => [],
      survey: async (watched) => new Surveyor(this.now, new Map(), watched).finish(),
      unusableAnswers: async () => 0,
      health: async () => ({ configRefusal: this.refusal, failingChannels: [] }),
      checkSiblings: async () => undefined,
      checkSiblingsAgain: async () => undefined,
      checkGateways: () => undefined,
      events: async (most) => {
        const found = this.events.slice(0, most);
        if (found.length === 0) this.turns += 1;
        return found;
      },
      policyFor: async () => {
        const pause = this.midTurn;
        this.midTurn = null;
        await pause?.();
        return { ...DECIDE_POLICY, channels: ['soc'] };
      },
      commit: async (decision, count) => {
        this.#fail('commit');
        if (this.owner !== name) throw Object.assign(new Error('lost'), { code: 'lease_lost' });
        this.#write(decision, count);
        this.#fail('commitReply');
      },
      wakeChannel: async (channel, incident) => {
        this.#fail('wakeChannel');
        this.log.push(`wakes ${channel} for ${incident}`);
      },
      sweep: async () => {
        this.log.push('sweeps');
      },
      decided: () => undefined,
      reconciled: () => undefined,
      becameKeeper: (isKeeper) => {
        this.log.push(`${name} ${isKeeper ? 'is' : 'is not'} the keeper`);
        this.changes.emit(name);
      },
      failed: (error) => this.log.push(`failed: ${error instanceof Error ? error.message : 'unknown'}`),
    };
  }

  #write({ incidents, notifications }: Decision, count: number): void {
    for (const { id, kind, resolvedAt } of incidents) {
      const known = this.incidents.some((incident) => incident.id === id);
      if (!known) this.opened.push(`${kind} opened`);
      if (resolvedAt !== null) this.opened.push(`${kind} ended`);
    }
    const ids = new Set(incidents.map(({ id }) => id));
    this.incidents = [
      ...this.incidents.filter(({ id }) => !ids.has(id)),
      ...incidents.filter((incident) => !isOver(incident)),
    ];
    this.told.push(...notifications.map(({ notification }) => `${notification.kind} ${notification.status}`));
    this.events.splice(0, count);
  }

  /** Lets a keeper take turns until one has found nothing left to decide. */
  async turn(keeper: Keeper): Promise<void> {
    const before = this.turns;
    while (this.turns === before) {
      keeper.wake();
      await setImmediate();
    }
    await setImmediate();
  }
}

const offices: Office[] = [];
function office(): Office {
  const made = new Office();
  offices.push(made);
  return made;
}
afterEach(async () => {
  for (const { keepers } of offices.splice(0)) await Promise.all(keepers.map((keeper) => keeper.stop()));
});

describe('a keeper', () => {
  it('reconciles before it decides, then turns what happened into messages and wakes their channel', async () => {
    const desk = office();
    desk.events.push(...REVOKED);
    const keeper = desk.keeper();
    keeper.start();
    await desk.turn(keeper);
    expect(desk.opened).toEqual(['credential_invalid opened']);
    expect(desk.events).toEqual([]);
    expect(desk.log.slice(0, 2)).toEqual(['a is the keeper', 'a reconciles']);
    // Nothing happens any more, but the time for company is over.
    desk.now += 30 * SECOND;
    await desk.turn(keeper);
    expect(desk.told).toEqual(['credential_invalid firing']);
    expect(desk.log).toContain('wakes soc for e1-acme-siem-credential_invalid-4');
    expect(keeper.isKeeper).toBe(true);
    expect(keeper.hasReconciled).toBe(true);
  });

  it('remembers what is open from one turn to the next', async () => {
    const desk = office();
    desk.events.push(...REVOKED);
    const keeper = desk.keeper();
    keeper.start();
    await desk.turn(keeper);
    desk.events.push(...REVOKED, ...RECOVERED);
    await desk.turn(keeper);
    expect(desk.opened).toEqual(['credential_invalid opened', 'credential_invalid ended']);
  });

  it('decides on more events than fit into one commit', async () => {
    const desk = office();
    for (let life = 0; life < 300; life++) {
      const events = [...REVOKED, ...RECOVERED];
      desk.events.push(
        ...events.map((event) =>
          event.type === 'state' ? { ...event, version: event.version + life * 10 } : event,
        ),
      );
    }
    const keeper = desk.keeper();
    keeper.start();
    await desk.turn(keeper);
    expect(desk.events).toEqual([]);
    expect(desk.opened).toHaveLength(600);
  });

  it('reconciles once a minute, and at once when the config has changed', async () => {
    const desk = office();
    const keeper = desk.keeper();
    const passes = () => desk.log.filter((line) => line === 'a reconciles').length;
    keeper.start();
    await desk.turn(keeper);
    desk.now += 59 * SECOND;
    await desk.turn(keeper);
    expect(passes()).toBe(1);
    desk.now += SECOND;
    await desk.turn(keeper);
    expect(passes()).toBe(2);
    keeper.configChanged();
    await desk.turn(keeper);
    expect(passes()).toBe(3);
  });

  it('makes a failed pass good within seconds, and decides meanwhile', async () => {
    const desk = office();
    desk.faults.reconcile = [new Error('Redis is gone')];
    desk.events.push(...REVOKED);
    const keeper = desk.keeper();
    keeper.start();
    await desk.turn(keeper);
    expect(desk.log).toContain('failed: Redis is gone');
    expect(keeper.hasReconciled).toBe(false);
    expect(desk.opened).toEqual(['credential_invalid opened']);
    desk.now += 5 * SECOND;
    await desk.turn(keeper);
    expect(keeper.hasReconciled).toBe(true);
  });

  it('reconciles, sweeps and looks at the fleet also after its clock was set back', async () => {
    const desk = office();
    const keeper = desk.keeper();
    keeper.start();
    await desk.turn(keeper);
    await desk.turn(keeper);
    desk.now -= 60 * MINUTE;
    const before = desk.log.length;
    await desk.turn(keeper);
    await desk.turn(keeper);
    expect(desk.log.slice(before)).toEqual(['a reconciles', 'sweeps']);
  });

  it('tells once that a config is refused, and once that none is any more', async () => {
    const desk = office();
    const keeper = desk.keeper();
    keeper.start();
    for (const refusal of ['line 3', 'line 3', 'line 4', null, null]) {
      desk.refusal = refusal;
      desk.now += 5 * SECOND;
      await desk.turn(keeper);
      await desk.turn(keeper);
    }
    expect(desk.told).toEqual(['config_rejected firing', 'config_rejected resolved']);
  });

  it('sweeps every few seconds', async () => {
    const desk = office();
    const keeper = desk.keeper();
    keeper.start();
    await desk.turn(keeper);
    await desk.turn(keeper);
    desk.now += 5 * SECOND;
    await desk.turn(keeper);
    await desk.turn(keeper);
    expect(desk.log.filter((line) => line === 'sweeps')).toHaveLength(2);
  });
});

describe('a commit', () => {
  it('that fails is taken again, from what is stored', async () => {
    const desk = office();
    desk.faults.commit = [new Error('Redis is gone')];
    desk.events.push(...REVOKED);
    const keeper = desk.keeper();
    keeper.start();
    await desk.turn(keeper);
    expect(desk.opened).toEqual(['credential_invalid opened']);
  });

  it('whose answer was lost is neither made a second time nor forgotten', async () => {
    const desk = office();
    desk.events.push(...REVOKED, ...RECOVERED);
    const keeper = desk.keeper();
    keeper.start();
    await desk.turn(keeper);
    desk.opened.length = 0;
    desk.faults.commitReply = [new Error('Redis is gone')];
    desk.events.push(...REVOKED);
    await desk.turn(keeper);
    desk.events.push(...RECOVERED);
    await desk.turn(keeper);
    expect(desk.opened).toEqual(['credential_invalid opened', 'credential_invalid ended']);
  });

  it('whose channel could not be woken is not made a second time', async () => {
    const desk = office();
    desk.faults.wakeChannel = [new Error('Redis is gone')];
    desk.events.push(...REVOKED);
    const keeper = desk.keeper();
    keeper.start();
    await desk.turn(keeper);
    desk.now += 30 * SECOND;
    await desk.turn(keeper);
    await desk.turn(keeper);
    expect(desk.told).toEqual(['credential_invalid firing']);
    expect(desk.log).toContain('failed: Redis is gone');
  });
});

describe('two keepers', () => {
  it('never work at the same time: the second one waits for the lease', async () => {
    const desk = office();
    const [a, b] = [desk.keeper('a'), desk.keeper('b')];
    a.start();
    await desk.turn(a);
    b.start();
    await setImmediate();
    expect([a.isKeeper, b.isKeeper]).toEqual([true, false]);
    expect(desk.log).not.toContain('b reconciles');
  });

  it('hand the lease over when one is stopped', async () => {
    const desk = office();
    const [a, b] = [desk.keeper('a'), desk.keeper('b')];
    a.start();
    await desk.turn(a);
    await a.stop();
    expect(desk.owner).toBeNull();
    b.start();
    await desk.turn(b);
    expect(b.isKeeper).toBe(true);
  });

  it('decide once, when one was paused in the middle of a turn and lost its lease', async () => {
    const desk = office();
    const [a, b] = [desk.keeper('a'), desk.keeper('b')];
    desk.midTurn = async () => {
      desk.owner = null;
      b.start();
      await desk.turn(b);
    };
    desk.events.push(...REVOKED);
    a.start();
    await desk.turn(a);
    await setImmediate();
    expect(desk.opened).toEqual(['credential_invalid opened']);
    expect(a.isKeeper).toBe(false);
  });

  it('decide once, when the one that was paused has won the lease back before it goes on', async () => {
    const desk = office();
    const [a, b] = [desk.keeper('a'), desk.keeper('b')];
    desk.midTurn = async () => {
      desk.owner = null;
      b.start();
      await desk.turn(b);
      await b.stop();
      await once(desk.changes, 'a');
    };
    desk.events.push(...REVOKED);
    a.start();
    await desk.turn(a);
    await once(desk.changes, 'a');
    await desk.turn(a);
    expect(desk.opened).toEqual(['credential_invalid opened']);
    expect(a.isKeeper).toBe(true);
  });

  it('forget what was open when another one has been the keeper in between', async () => {
    const desk = office();
    const [a, b] = [desk.keeper('a'), desk.keeper('b')];
    desk.events.push(...REVOKED);
    a.start();
    await desk.turn(a);
    desk.owner = null;
    b.start();
    desk.events.push(...RECOVERED);
    await desk.turn(b);
    await b.stop();
    await once(desk.changes, 'a');
    desk.events.push(...REVOKED);
    await desk.turn(a);
    expect(desk.opened).toEqual([
      'credential_invalid opened',
      'credential_invalid ended',
      'credential_invalid opened',
    ]);
  });

  it('read what is open anew when they become the keeper', async () => {
    const desk = office();
    const [a, b] = [desk.keeper('a'), desk.keeper('b')];
    desk.events.push(...REVOKED);
    a.start();
    await desk.turn(a);
    await a.stop();
    desk.events.push(...RECOVERED);
    b.start();
    await desk.turn(b);
    expect(desk.opened).toEqual(['credential_invalid opened', 'credential_invalid ended']);
    expect(desk.incidents).toEqual([]);
  });
});
