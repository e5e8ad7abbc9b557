import { describe, expect, it } from '@jest/globals';
import type { Incident } from '../../src/domain/incident.ts';
import { Surveyor } from '../../src/domain/survey.ts';
import { Decider } from '../../src/jobs/decider.ts';
import { T0 } from '../domain/checks.ts';
import { DECIDE_POLICY } from '../domain/desk.ts';

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
