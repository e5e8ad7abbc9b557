import { describe, expect, it } from '@jest/globals';
import type { SendResult } from '../../src/domain/channel.ts';
import type { Delivery } from '../../src/domain/delivery.ts';
import type { Notification } from '../../src/domain/notification.ts';
import { type DrainPorts, drainChannel, type HandledMessage } from '../../src/jobs/drain-channel.ts';
import { GIVE_UP_AFTER_MS } from '../../src/jobs/retrying.ts';
import { HOUR, MINUTE, SECOND, T0 } from '../domain/checks.ts';

const answered = (status: number) => ({ protocol: 'http', status, ids: {} }) as const;
const DELIVERED: SendResult = { kind: 'delivered', receipt: answered(200) };
const REFUSED: SendResult = {
  kind: 'permanent',
  failure: 'refused',
  reason: 'the receiver answered HTTP 410',
  receipt: answered(410),
};
const down = (retryAfterMs: number | null = null): SendResult => ({
  kind: 'transient',
  failure: 'unavailable',
  reason: 'the receiver answered HTTP 503',
  receipt: answered(503),
  retryAfterMs,
});

function message(id: string): Notification {
  return {
    version: '1',
    id,
    incident: 'i',
    kind: 'credential_invalid',
    cause: 'revoked',
    status: id.startsWith('resolved') ? 'resolved' : id.startsWith('reminder') ? 'reminder' : 'firing',
    resolution: null,
    severity: 'critical',
    summary: id,
    description: '',
    remediation: '',
    connection: null,
    connections: { total: 0, ids: [] },
    evidence: null,
    startedAt: '',
    occurredAt: '',
  };
}

/** One list of messages for one incident and channel, and a receiver that answers as it is told. */
class Line {
  now = T0;
  readonly waiting: Notification[];
  attempts: Parameters<DrainPorts['noteAttempt']>[2] | null = null;
  answers: SendResult[] = [];
  random = 0;
  /** A message of this incident was tried before. */
  heard = true;
  readonly outcomes: (string | null)[] = [];
  /** Since when the channel fails, also with messages of other incidents. */
  failingSince: number | null = null;
  /** When the others that wait were woken. */
  readonly woken: number[] = [];
  readonly sent: string[] = [];
  readonly lost: [string, string][] = [];
  readonly observed: HandledMessage[] = [];
  readonly notes: Delivery[] = [];

  constructor(...ids: string[]) {
    this.waiting = ids.map(message);
  }

  drain() {
    return drainChannel('soc', 'i', this.ports);
  }

  readonly ports: DrainPorts = {
    now: () => this.now,
    random: () => this.random,
    head: async () => {
      const [notification] = this.waiting;
      return notification
        ? {
            notification,
            attempts: this.attempts,
            heard: this.heard,
            newerWaits: this.waiting.length > 1,
            endWaits: this.waiting.slice(1).some(({ status }) => status === 'resolved'),
            raw: JSON.stringify(notification),
          }
        : null;
    },
    noteAttempt: async (_channel, { status }, attempts) => {
      this.attempts = attempts;
      if (status === 'firing') this.heard = true;
    },
    noteFailure: async (_channel, _incident, _head, failed, attempts) => {
      this.outcomes.push(failed.reason);
      this.notes.push(failed);
      this.attempts = attempts;
      this.failingSince ??= failed.at;
    },
    noteSuccess: async () => {
      this.outcomes.push(null);
      const since = this.failingSince;
      this.failingSince = null;
      return since;
    },
    wakeWaiting: async () => {
      this.woken.push(this.now);
    },
    settle: async (_channel, _incident, head, ending) => {
      if (this.waiting[0]?.id !== head.notification.id) return false;
      this.waiting.shift();
      this.attempts = null;
      this.notes.push(ending);
      if (ending.result === 'given_up') this.lost.push([head.notification.id, ending.reason ?? '']);
      return true;
    },
    send: async (_channel, { id }) => {
      this.sent.push(id);
      return this.answers.shift() ?? DELIVERED;
    },
    observed: (delivery) => this.observed.push(delivery),
  };
}

const results = (line: Line) =>
  line.observed.map(({ notification: { id }, result, attempt }) => [id, result, attempt]);

describe('drainChannel', () => {
  it('sends all that waits, in order, each once', async () => {
    const line = new Line('firing', 'escalated', 'resolved');
    expect(await line.drain()).toEqual({ kind: 'empty' });
    expect(line.sent).toEqual(['firing', 'escalated', 'resolved']);
    expect(results(line)).toEqual([
      ['firing', 'delivered', 1],
      ['escalated', 'delivered', 1],
      ['resolved', 'delivered', 1],
    ]);
  });

  it('stops at a receiver that is down: a resolve never overtakes its firing', async () => {
    const line = new Line('firing', 'resolved');
    line.answers = [down()];
    expect(await line.drain()).toEqual({ kind: 'wait', at: T0 + SECOND });
    expect(line.sent).toEqual(['firing']);
    expect(line.waiting.map(({ id }) => id)).toEqual(['firing', 'resolved']);
    expect(line.attempts).toEqual({ count: 1, since: T0 });
  });

  it('sends the same message again, then goes on', async () => {
    const line = new Line('firing', 'resolved');
    line.answers = [down()];
    await line.drain();
    line.now += MINUTE;
    expect(await line.drain()).toEqual({ kind: 'empty' });
    expect(line.sent).toEqual(['firing', 'firing', 'resolved']);
    expect(results(line)).toEqual([
      ['firing', 'retried', 1],
      ['firing', 'delivered', 2],
      ['resolved', 'delivered', 1],
    ]);
  });

  it('gives a message up at once when it will never be taken, keeps it with the reason, and goes on', async () => {
    const line = new Line('firing', 'resolved');
    line.answers = [REFUSED];
    expect(await line.drain()).toEqual({ kind: 'empty' });
    expect(line.lost).toEqual([['firing', 'the receiver answered HTTP 410']]);
    expect(line.observed).toMatchObject([
      { result: 'given_up', reason: 'the receiver answered HTTP 410' },
      { result: 'delivered', reason: null },
    ]);
  });

  it('backs off from a second to five minutes', async () => {
    const line = new Line('firing');
    const waits: number[] = [];
    for (let i = 0; i < 11; i++) {
      line.answers = [down()];
      const ending = await line.drain();
      if (ending.kind !== 'wait') throw new Error('expected to wait');
      waits.push((ending.at - line.now) / SECOND);
      line.now = ending.at;
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
  });

  it('adds up to a fifth by chance, so that many lists do not come back together', async () => {
    const line = new Line('firing');
    line.random = 0.999_999;
    line.answers = [down()];
    expect(await line.drain()).toEqual({ kind: 'wait', at: T0 + 1_199 });
  });

  it.each([
    [2 * MINUTE, 2 * MINUTE],
    [10, SECOND],
    [48 * HOUR, HOUR],
  ])('waits as long as the receiver asks (%d ms), within reason (%d ms)', async (asked, waited) => {
    const line = new Line('firing');
    line.answers = [down(asked)];
    expect(await line.drain()).toEqual({ kind: 'wait', at: T0 + waited });
  });

  it('obeys what the receiver asked also when it is woken earlier, and then sends at once', async () => {
    const line = new Line('firing');
    line.answers = [down(2 * MINUTE)];
    await line.drain();
    line.now += MINUTE;
    expect(await line.drain()).toEqual({ kind: 'wait', at: T0 + 2 * MINUTE });
    expect(line.sent).toEqual(['firing']);
    line.now += MINUTE;
    expect(await line.drain()).toEqual({ kind: 'empty' });
    expect(line.sent).toEqual(['firing', 'firing']);
  });

  it('is not bound for longer than an hour after a clock was set back', async () => {
    const line = new Line('firing');
    line.answers = [down(HOUR)];
    await line.drain();
    line.now -= MINUTE;
    expect(await line.drain()).toEqual({ kind: 'empty' });
  });

  it('wakes what else waits when the receiver is back, once', async () => {
    const line = new Line('firing', 'resolved');
    line.failingSince = T0 - MINUTE;
    await line.drain();
    expect(line.sent).toEqual(['firing', 'resolved']);
    expect(line.woken).toEqual([T0]);
  });

  it.each([
    ['never failed', null],
    ['failed for a moment only', T0 - 4 * SECOND],
    ['failed later, by a clock that was set back', T0 + HOUR],
  ])('wakes nobody for a receiver that %s', async (_, since) => {
    const line = new Line('firing');
    line.failingSince = since;
    await line.drain();
    expect(line.sent).toEqual(['firing']);
    expect(line.woken).toEqual([]);
  });

  it('wakes nobody for a message that was given up', async () => {
    const line = new Line('firing');
    line.failingSince = T0 - MINUTE;
    line.answers = [REFUSED];
    await line.drain();
    expect(line.woken).toEqual([]);
  });

  it('gives up after a day of trying, counted from the first attempt, and starts anew with the next message', async () => {
    const line = new Line('firing', 'resolved');
    line.attempts = { count: 60, since: T0 };
    line.now = T0 + GIVE_UP_AFTER_MS - 1;
    line.answers = [down()];
    expect(await line.drain()).toMatchObject({ kind: 'wait' });
    line.now = T0 + GIVE_UP_AFTER_MS;
    line.answers = [down(), down()];
    expect(await line.drain()).toMatchObject({ kind: 'wait' });
    expect(line.lost).toEqual([['firing', 'the receiver answered HTTP 503']]);
    expect(results(line).slice(-2)).toEqual([
      ['firing', 'given_up', 62],
      ['resolved', 'retried', 1],
    ]);
  });

  it('does not count the days on which the monitor itself was off as days of trying', async () => {
    const line = new Line('firing');
    line.answers = [down(), down()];
    await line.drain();
    line.now = T0 + 3 * GIVE_UP_AFTER_MS;
    expect(await line.drain()).toMatchObject({ kind: 'wait' });
    expect(line.lost).toEqual([]);
  });

  it('leaves the message where it is when it is cut short between sending and settling', async () => {
    const line = new Line('firing');
    const cut = { ...line.ports, settle: () => Promise.reject(new Error('Redis is gone')) };
    await expect(drainChannel('soc', 'i', cut)).rejects.toThrow('Redis is gone');
    await line.drain();
    expect(line.sent).toEqual(['firing', 'firing']);
    expect(line.waiting).toEqual([]);
  });

  it('does not skip a message when somebody else settled the one it sent', async () => {
    const line = new Line('firing', 'resolved');
    const shared: DrainPorts = {
      ...line.ports,
      send: async (channel, notification) => {
        if (notification.id === 'firing') line.waiting.shift();
        return line.ports.send(channel, notification);
      },
    };
    expect(await drainChannel('soc', 'i', shared)).toEqual({ kind: 'empty' });
    expect(line.sent).toEqual(['firing', 'resolved']);
  });

  it('spares who has not heard of it both the trouble and its end', async () => {
    const line = new Line('firing', 'escalated', 'resolved');
    line.heard = false;
    expect(await line.drain()).toEqual({ kind: 'empty' });
    expect(line.sent).toEqual([]);
    expect(results(line)).toEqual([
      ['firing', 'superseded', 0],
      ['escalated', 'superseded', 0],
      ['resolved', 'superseded', 0],
    ]);
    expect(line.lost).toEqual([]);
  });

  it('tells the end to whoever may have heard: the attempt is noted before anything is sent', async () => {
    const line = new Line('firing', 'resolved');
    line.heard = false;
    line.waiting.pop();
    const cut = { ...line.ports, send: () => Promise.reject(new Error('killed in the middle')) };
    await expect(drainChannel('soc', 'i', cut)).rejects.toThrow('killed in the middle');
    line.waiting.push(message('resolved'));
    await line.drain();
    expect(line.sent).toEqual(['firing', 'resolved']);
  });

  it('spares a receiver that was away the reminders that something newer has overtaken', async () => {
    const line = new Line('firing', 'reminder 2', 'reminder 3');
    await line.drain();
    expect(line.sent).toEqual(['firing', 'reminder 3']);
    expect(results(line)).toContainEqual(['reminder 2', 'superseded', 0]);
  });

  it('notes how each attempt ended, so that a channel that keeps failing is noticed', async () => {
    const line = new Line('firing', 'escalated');
    line.answers = [down()];
    await line.drain();
    await line.drain();
    expect(line.outcomes).toEqual(['the receiver answered HTTP 503', null, null]);
  });

  it('notes of each message what became of it: when, after how many attempts, and why not', async () => {
    const line = new Line('firing', 'escalated');
    line.answers = [down(), DELIVERED, REFUSED];
    await line.drain();
    line.now += MINUTE;
    await line.drain();
    const tried = { notification: 'firing', since: T0, failure: null, reason: null };
    expect(line.notes).toEqual([
      {
        ...{ ...tried, result: 'retried', at: T0, attempts: 1 },
        ...{ failure: 'unavailable', reason: 'the receiver answered HTTP 503' },
      },
      { ...tried, result: 'delivered', at: T0 + MINUTE, attempts: 2 },
      ...['retried', 'given_up'].map((result) => ({
        ...{ result, notification: 'escalated', at: T0 + MINUTE, since: T0 + MINUTE, attempts: 1 },
        ...{ failure: 'refused', reason: 'the receiver answered HTTP 410' },
      })),
    ]);
  });

  it('notes of what it drops that it was never tried', async () => {
    const line = new Line('firing', 'resolved');
    line.heard = false;
    await line.drain();
    expect(line.notes).toMatchObject([
      { result: 'superseded', notification: 'firing', at: T0, since: null, attempts: 0, failure: null },
      { result: 'superseded', notification: 'resolved' },
    ]);
  });
});
