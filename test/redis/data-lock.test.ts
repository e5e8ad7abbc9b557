import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { identifyProcess, isRunning, processNamespace } from '../../src/process/process-identity.ts';
import { type DataLock, takeDataLock } from '../../src/redis/data-lock.ts';
import { createLock, highestLock, rewriteLock } from '../../src/redis/lock-file.ts';

const logger = pino({ level: 'silent' });
let folder: string;
const locks: DataLock[] = [];

beforeEach(async () => {
  folder = await mkdtemp('/tmp/mcm-test-');
});
afterEach(async () => {
  for (const lock of locks.splice(0)) lock.release();
  await rm(folder, { recursive: true });
});

async function take(beatMs = 2_000): Promise<DataLock> {
  const lock = await takeDataLock({ folder, logger, beatMs });
  locks.push(lock);
  return lock;
}

const deadOwner = { pid: process.pid, startTime: 'before the last boot' };
const leftServer = { pid: 1, startTime: 'long ago' };
const record = {
  owner: deadOwner,
  namespace: processNamespace(),
  beat: 0,
  runtimeDirectory: '/tmp/mcm-redis-gone',
  server: leftServer,
};

describe('the lock of a data folder', () => {
  it('is refused while its owner lives and free once it is given back', async () => {
    const first = await take();
    await expect(take()).rejects.toMatchObject({ code: 'data_dir_in_use' });
    first.release();
    await expect(take()).resolves.toMatchObject({ previous: { server: null, runtimeDirectory: null } });
  });

  it('leaves one file, however often it changes hands', async () => {
    for (let turn = 0; turn < 3; turn += 1) (await take()).release();
    expect(await readdir(folder)).toEqual(['lock.3']);
  });

  it('is taken from a process whose number was given to another one since, with what it left behind', async () => {
    createLock(folder, { number: 4, record });
    const lock = await take();
    expect(lock.previous).toEqual({ server: leftServer, runtimeDirectory: '/tmp/mcm-redis-gone' });
    expect(highestLock(folder)).toMatchObject({ number: 5, record: { server: leftServer } });
  });

  it('is taken when the crash of the machine left it torn', async () => {
    await writeFile(`${folder}/lock.7`, '{"owner":{"pi');
    await take();
    expect(await readdir(folder)).toEqual(['lock.8']);
  });

  it('is taken from a dead owner in another container', async () => {
    createLock(folder, { number: 1, record: { ...record, namespace: 'initech pid:[1]' } });
    await take(20);
    expect(await readdir(folder)).toEqual(['lock.2']);
  });

  it('is refused while an owner in another container renews it', async () => {
    let beat = 0;
    const foreign = { ...record, namespace: 'initech pid:[1]' };
    createLock(folder, { number: 1, record: foreign });
    const renewing = setInterval(() => {
      beat += 1;
      rewriteLock(folder, { number: 1, record: { ...foreign, beat } });
    }, 5);
    try {
      await expect(take(200)).rejects.toMatchObject({
        code: 'data_dir_in_use',
        message: expect.stringContaining('on another host or in another container'),
      });
    } finally {
      clearInterval(renewing);
    }
  });
});

describe('a process', () => {
  it('is recognised by its number and its start', () => {
    const self = identifyProcess(process.pid);
    expect(self).not.toBeNull();
    expect(self !== null && isRunning(self)).toBe(true);
    expect(isRunning(deadOwner)).toBe(false);
  });

  it('that does not exist has no identity', () => {
    expect(identifyProcess(2 ** 30)).toBeNull();
  });
});
