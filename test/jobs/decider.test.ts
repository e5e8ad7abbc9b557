import { describe, expect, it } from '@jest/globals';
import { identityOf } from '../../src/domain/connection.ts';
import type { MonitorEvent } from '../../src/domain/event.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { type HealthRecord, newRecord } from '../../src/domain/record.ts';
import { summaryOf } from '../../src/domain/summary.ts';
import { Surveyor, windowsOf } from '../../src/domain/survey.ts';
import { Decider } from '../../src/jobs/decider.ts';
import { live, MINUTE, SECOND, seen, T0 } from '../domain/checks.ts';
import { DECIDE_POLICY } from '../domain/desk.ts';
import { connectionOf } from './connections.ts';

describe('decisions', () => {
  it('give what they open different ids, also when several are made in one millisecond', async () => {
    let configRefusal: string | null = null;
    const written: Incident[] = [];
    const decider = new Decider({
      now: () => T0,
      incidents: async () => [],
      ladders: async () => new Map(),
      silences: async () => [],
      events: async () => [],
      survey: async (watched) => new Surveyor(T0, new Map(), watched).finish(),
      unusableAnswers: async () => 0,
      health: async () => ({ configRefusal, failingChannels: [] }),
      policyFor: async () => ({ ...DECIDE_POLICY, channels: ['soc'] }),
      commit: async ({ incidents }) => void written.push(...incidents),
    });
    for (const refusal of ['refused', null, 'refused again']) {
      configRefusal = refusal;
      decider.lookAnew();
      await decider.decide(() => true);
    }
    expect(written.map(({ detail, resolvedAt }) => [detail, resolvedAt])).toEqual([
      ['refused', null],
      ['refused', T0],
      ['refused again', null],
    ]);
    const [first, ended, second] = written;
    expect(ended?.id).toBe(first?.id);
    expect(second?.id).not.toBe(first?.id);
  });
});

describe('looks at the fleet', () => {
  const connection = connectionOf('acme');
  const healthy = live([seen('valid', 0)]).record;
  const UNAVAILABLE = live([seen('valid', 0), seen('timeout', SECOND)]).record;

  class Fleet {
    now = T0 + SECOND;
    record: HealthRecord = healthy;
    events: MonitorEvent[] = [];
    unusable = 0;
    looks = 0;
    checkups = 0;
    readonly decider = new Decider({
      now: () => this.now,
      incidents: async () => [],
      ladders: async () => new Map(),
      silences: async () => [],
      events: async () => this.events.splice(0),
      survey: async (watched) => {
        this.looks += 1;
        const surveyor = new Surveyor(this.now, windowsOf([connection]), watched);
        surveyor.add(connection, summaryOf(this.record));
        return surveyor.finish();
      },
      unusableAnswers: async () => this.unusable,
      health: async () => {
        this.checkups += 1;
        return { configRefusal: null, failingChannels: [] };
      },
      policyFor: async () => ({ ...DECIDE_POLICY, channels: ['soc'] }),
      commit: async () => undefined,
    });

    /** Decides every half second, as a keeper does. */
    async pass(ms: number): Promise<void> {
      for (const end = this.now + ms; this.now < end; this.now += 500) await this.decider.decide(() => true);
    }
  }

  it('are taken each minute while every check gets its answer, those at the monitor itself all the time', async () => {
    const fleet = new Fleet();
    await fleet.pass(MINUTE);
    expect([fleet.looks, fleet.checkups]).toEqual([1, 12]);
    await fleet.pass(500);
    expect(fleet.looks).toBe(2);
  });

  it('are taken within five seconds of an answer that can not be used, and go on until all is well', async () => {
    const fleet = new Fleet();
    await fleet.pass(10 * SECOND);
    fleet.unusable = 1;
    fleet.record = UNAVAILABLE;
    await fleet.pass(15 * SECOND);
    expect(fleet.looks).toBe(1 + 3);
    fleet.record = healthy;
    await fleet.pass(MINUTE);
    expect(fleet.looks).toBe(1 + 3 + 1);
  });

  it('are taken soon after an event, a changed config, and while nothing was checked', async () => {
    const fleet = new Fleet();
    await fleet.pass(10 * SECOND);
    fleet.events = [{ type: 'removed', connection: identityOf(connection), at: fleet.now }];
    await fleet.pass(5 * SECOND + 500);
    expect(fleet.looks).toBe(2);
    fleet.decider.lookAnew();
    await fleet.pass(500);
    expect(fleet.looks).toBe(3);
    const idle = new Fleet();
    idle.record = newRecord(connection.gateway, T0, T0);
    await idle.pass(10 * SECOND);
    expect(idle.looks).toBe(2);
  });

  it('miss nothing that happens during one', async () => {
    const fleet = new Fleet();
    const { decider } = fleet;
    await decider.decide(() => {
      // The look is over, and this came too late for it.
      fleet.unusable = 1;
      return true;
    });
    await fleet.pass(6 * SECOND);
    expect(fleet.looks).toBe(2);
  });
});
