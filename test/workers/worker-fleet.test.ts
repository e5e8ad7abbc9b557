import { describe, expect, it } from '@jest/globals';
import { type WantedWorker, WorkerFleet } from '../../src/workers/worker-fleet.ts';

/** Notes what becomes of its workers, which are named after their key and setting. */
class Yard {
  readonly fleet = new WorkerFleet();
  readonly events: string[] = [];
  /** A worker that is closed waits for this, as for a check under way. */
  underWay: Promise<void> = Promise.resolve();

  follow(wanted: Readonly<Record<string, string>>): Promise<void> {
    const workers = Object.entries(wanted).map(
      ([key, setting]) => [key, this.#worker(key, setting)] as const,
    );
    return this.fleet.follow(new Map(workers));
  }

  #worker(key: string, setting: string): WantedWorker {
    const name = `${key} ${setting}`;
    return {
      setting,
      start: () => {
        this.events.push(`${name} starts`);
        return {
          close: async () => {
            this.events.push(`${name} closes`);
            await this.underWay;
            this.events.push(`${name} has ended`);
          },
        };
      },
    };
  }
}

describe('the workers of a process', () => {
  it('are started, replaced when their setting changed, and closed as they come and go; others are left alone', async () => {
    const yard = new Yard();
    await yard.follow({ acme: '50', globex: '50' });
    expect(yard.events.splice(0)).toEqual(['acme 50 starts', 'globex 50 starts']);
    await yard.follow({ acme: '50', globex: '60', initech: '50' });
    expect(yard.events.splice(0)).toEqual([
      'globex 60 starts',
      'initech 50 starts',
      'globex 50 closes',
      'globex 50 has ended',
    ]);
    await yard.follow({ initech: '50' });
    expect(yard.events.splice(0).toSorted()).toEqual([
      'acme 50 closes',
      'acme 50 has ended',
      'globex 60 closes',
      'globex 60 has ended',
    ]);
  });

  it('are closed once, and waited for until what is under way has ended', async () => {
    const yard = new Yard();
    let end: () => void = () => undefined;
    yard.underWay = new Promise((resolve) => {
      end = resolve;
    });
    await yard.follow({ acme: '50', globex: '50' });
    yard.events.length = 0;
    const closed = yard.fleet.close().then(() => yard.events.push('the fleet is closed'));
    await yard.fleet.close();
    expect(yard.events).toEqual(['acme 50 closes', 'globex 50 closes']);
    end();
    await closed;
    expect(yard.events.slice(2)).toEqual(['acme 50 has ended', 'globex 50 has ended', 'the fleet is closed']);
  });

  it('stay closed, though a reload still comes while the process ends', async () => {
    const yard = new Yard();
    await yard.follow({ acme: '50' });
    await yard.fleet.close();
    yard.events.length = 0;
    await yard.follow({ acme: '50', globex: '50' });
    expect(yard.events).toEqual([]);
  });
});
