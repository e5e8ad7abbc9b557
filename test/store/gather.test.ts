import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { gather } from '../../src/store/gather.ts';

describe('questions that are gathered', () => {
  it('go together when they are asked in one turn, and each gets its own answer', async () => {
    const asked: (readonly string[])[] = [];
    const read = gather(async (ids: readonly string[]) => {
      asked.push([...ids]);
      return ids.map((id) => (id === 'umbrella' ? null : id.toUpperCase()));
    });
    expect(await Promise.all(['acme', 'umbrella', 'acme', 'globex'].map(read))).toEqual([
      'ACME',
      null,
      'ACME',
      'GLOBEX',
    ]);
    expect(await read('initech')).toBe('INITECH');
    expect(asked).toEqual([['acme', 'umbrella', 'acme', 'globex'], ['initech']]);
  });

  it('that are asked while others are being answered go with the next ones', async () => {
    const asked: (readonly string[])[] = [];
    let answer: () => void = () => undefined;
    const answering = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const read = gather(async (ids: readonly string[]) => {
      asked.push([...ids]);
      if (asked.length === 1) await answering;
      return ids.map((id) => id.toUpperCase());
    });
    const first = read('acme');
    while (asked.length === 0) await setImmediate();
    const second = read('globex');
    answer();
    expect(await Promise.all([first, second])).toEqual(['ACME', 'GLOBEX']);
    expect(asked).toEqual([['acme'], ['globex']]);
  });

  it('fail together, and the next ones go on', async () => {
    let broken = true;
    const read = gather(async (ids: readonly string[]) => {
      if (broken) throw new Error('READONLY');
      return ids;
    });
    const failed = await Promise.allSettled([read('acme'), read('globex')]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    broken = false;
    expect(await read('acme')).toBe('acme');
  });
});
