import { beforeEach, describe, expect, it } from '@jest/globals';
import { Gaps } from '../../bench/soak/gaps.ts';
import { growthOf } from '../../bench/soak/growth.ts';
import { IncidentJudge } from '../../bench/soak/incidents.ts';
import { MessageJudge } from '../../bench/soak/messages.ts';
import { SLACK_MS, soakOptions } from '../../bench/soak/options.ts';
import type { Heard } from '../../bench/soak/receiver.ts';
import { Truth } from '../../bench/soak/truth.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { type NotificationStatus, notificationOf } from '../../src/domain/notification.ts';
import { connectionOf, incidentOf, NEW_YEAR } from '../helpers/fleet.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const INTERVAL = 30 * SECOND;
const acme = connectionOf('acme-siem');

let now: number;
let truth: Truth;
let heard: Heard[];
let violations: string[];
let messages: MessageJudge;
let incidents: IncidentJudge;

beforeEach(() => {
  now = NEW_YEAR;
  truth = new Truth();
  heard = [];
  violations = [];
  const world = {
    truth,
    options: soakOptions(3, 1, null),
    violated: (what: string) => void violations.push(what),
    now: () => now,
    fleet: { intervalOf: () => INTERVAL },
    receiver: { url: '', heard, close: async () => undefined },
  };
  messages = new MessageJudge(world);
  incidents = new IncidentJudge(world, messages);
});

/** The receiver hears of an incident now. */
function hear(incident: Incident, status: NotificationStatus, sequence: number): void {
  const audience = { channels: ['soc'], total: 1, ids: [acme.id], tenant: null };
  heard.push({ at: now, notification: notificationOf({ ...incident, sequence }, status, audience, now) });
}

/** An incident that began now. */
function incident(more: Partial<Incident> = {}): Incident {
  const notice = { due: null, since: null, held: null, toldAt: now, quiet: null };
  return incidentOf(acme, { startedAt: now, notice, ...more });
}

describe('the judge of a soak', () => {
  it('finds nothing wrong with a revocation that is told in time, and with its end', () => {
    truth.spoil(acme.id, now);
    now += 20 * SECOND;
    const revoked = incident();
    hear(revoked, 'firing', 1);
    incidents.judge([revoked]);
    now += MINUTE;
    truth.mend(acme.id, now);
    now += 10 * SECOND;
    const over = { ...revoked, resolvedAt: now, resolution: 'recovered' as const };
    hear(over, 'resolved', 2);
    incidents.judge([over]);
    expect(violations).toEqual([]);
    expect(incidents.detected).toEqual([{ id: acme.id, tookMs: 20 * SECOND }]);
    expect(messages.unended()).toEqual([]);
  });

  it('finds a revocation of which nobody is told, and only once its time is up', () => {
    truth.spoil(acme.id, now);
    now += incidents.boundOf(acme.id);
    incidents.judge([]);
    expect(violations).toEqual([]);
    now += 1;
    incidents.judge([]);
    expect(violations).toEqual([expect.stringContaining('was not told of')]);
  });

  it('gives it the time that a disturbance takes, and another turn for what came to nothing in it', () => {
    truth.spoil(acme.id, now);
    const from = now + 10 * SECOND;
    const outage = { name: 'gateway_503', from, to: from + 20 * SECOND, losesChecks: true, explains: /^$/ };
    truth.disturbances.push(outage);
    const due = now + incidents.boundOf(acme.id) + 20 * SECOND + INTERVAL;
    expect(incidents.deadline(acme.id, now)).toBe(due);
    // One that began after it does not profit by it.
    expect(incidents.deadline(acme.id, outage.to)).toBe(outage.to + incidents.boundOf(acme.id));
  });

  it('finds a false alarm, in what is heard and in what is stored', () => {
    const wrong = incident();
    hear(wrong, 'firing', 1);
    incidents.judge([wrong]);
    expect(violations).toEqual([
      expect.stringContaining('a false alarm of acme-siem'),
      expect.stringContaining('began when the key worked'),
    ]);
  });

  it('finds an alarm that was silenced', () => {
    truth.silence(acme.id, now);
    truth.spoil(acme.id, now);
    now += 20 * SECOND;
    hear(incident(), 'firing', 1);
    messages.judge();
    expect(violations).toEqual([expect.stringContaining('acme-siem was silenced')]);
  });

  it('finds an end without a beginning, a message after the end and one that comes twice', () => {
    truth.spoil(acme.id, now);
    hear(incident({ id: 'e1-acme-siem-credential_invalid-1' }), 'resolved', 1);
    const other = incident({ id: 'e1-acme-siem-credential_invalid-2' });
    hear(other, 'firing', 1);
    hear(other, 'resolved', 2);
    hear(other, 'firing', 3);
    hear(other, 'firing', 3);
    messages.judge();
    expect(violations).toEqual([
      expect.stringContaining('credential_invalid-1 is resolved'),
      expect.stringContaining('came after the end'),
      expect.stringContaining('came twice'),
    ]);
  });

  it('finds an end that is not told, and an incident that goes on for no reason', () => {
    truth.spoil(acme.id, now);
    now += 20 * SECOND;
    const revoked = incident();
    hear(revoked, 'firing', 1);
    now += MINUTE;
    truth.mend(acme.id, now);
    now += 5 * MINUTE;
    incidents.judge([revoked]);
    expect(violations).toEqual([expect.stringContaining('goes on although the key works')]);
    incidents.judge([{ ...revoked, resolvedAt: now - MINUTE, resolution: 'recovered' }]);
    expect(violations[1]).toContain('the end of');
  });

  it('finds two incidents of one trouble at a time, and one that is stored twice', () => {
    truth.spoil(acme.id, now);
    const first = incident({ id: 'e1-1' });
    incidents.judge([first, { ...first, id: 'e1-2', startedAt: now + 1 }, first]);
    expect(violations).toContain('incident e1-1 is stored twice');
    expect(violations).toContain('two incidents at a time: credential_invalid of acme-siem');
  });

  it('finds a connection that is not checked in its interval', () => {
    const fleet = { present: () => [], isPresent: () => true, intervalOf: () => INTERVAL };
    const gateway = { key: () => ({ askedAt: null }) };
    const violated = (what: string) => void violations.push(what);
    const gaps = new Gaps({ truth, violated, now: () => now, fleet, gateway });
    gaps.asked(acme.id, now, now + INTERVAL + SLACK_MS);
    expect(violations).toEqual([]);
    gaps.asked(acme.id, now, now + INTERVAL + SLACK_MS + 1);
    expect(violations).toEqual([expect.stringContaining('acme-siem was not checked for 45.0 s')]);
  });

  it('tells what grows from what comes and goes', () => {
    const samples = (value: (index: number) => number) =>
      Array.from({ length: 30 }, (_, index) => ({ 'keys of Redis': value(index) }));
    expect(growthOf(samples((index) => 1_000 + (index % 3) * 500))).toMatchObject([{ tooMuch: false }]);
    expect(growthOf(samples((index) => 1_000 + index * 10))).toMatchObject([{ tooMuch: true }]);
    expect(growthOf(samples(() => Number.NaN))).toMatchObject([{ tooMuch: true }]);
    expect(growthOf(samples(() => 1_000).slice(0, 5))).toEqual([]);
  });
});
