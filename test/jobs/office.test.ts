import { describe, expect, it } from '@jest/globals';
import { Office, type OfficePorts } from '../../src/jobs/office.ts';

interface Answer {
  readonly held: boolean;
  readonly gained: boolean;
}

/** A lease whose answers come when the test says so. */
function slowLease() {
  const asked: { resolve: (answer: Answer) => void; reject: (error: Error) => void }[] = [];
  const log: string[] = [];
  const ports: OfficePorts = {
    lease: {
      acquire: () => new Promise<Answer>((resolve, reject) => asked.push({ resolve, reject })),
      release: async () => {
        log.push('released');
      },
    },
    changed: (isHeld) => log.push(isHeld ? 'held' : 'not held'),
    failed: (error) => log.push(String(error)),
  };
  return { office: new Office(ports), asked, log };
}

describe('the office of the keeper', () => {
  it('is handed over also when it is won at the moment of leaving', async () => {
    const { office, asked, log } = slowLease();
    const entered = office.enter();
    const left = office.leave();
    asked[0]?.resolve({ held: true, gained: true });
    await Promise.all([entered, left]);
    expect(log).toEqual(['held', 'released']);
    expect(office.isHeld).toBe(false);
  });

  it('is not released by who does not hold it', async () => {
    const { office, asked, log } = slowLease();
    const entered = office.enter();
    asked[0]?.resolve({ held: false, gained: false });
    await entered;
    await office.leave();
    expect(log).toEqual([]);
  });

  it('says why the lease could not be asked for, and stays as it is', async () => {
    const { office, asked, log } = slowLease();
    const entered = office.enter();
    asked[0]?.reject(new Error('Redis is gone'));
    await entered;
    expect(log).toEqual(['Error: Redis is gone']);
    expect(office.isHeld).toBe(false);
    await office.leave();
  });
});
