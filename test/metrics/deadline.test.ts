import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { within } from '../../src/metrics/deadline.ts';

describe('a deadline', () => {
  it('gives up on what does not come', async () => {
    const never = new Promise<never>(() => undefined);
    await expect(within(never, 10, 'an answer')).rejects.toMatchObject({
      code: 'deadline',
      message: 'an answer took longer than 10 ms',
    });
  });

  it('hears what came while the process itself stood still, also when that takes some turns of the loop', async () => {
    const echo = spawn('cat');
    try {
      await once(echo, 'spawn');
      const answer = async () => {
        const [line] = (await once(echo.stdout, 'data')) as [Buffer];
        // As when the first answer leads to a second question: the deadline is noticed before it is answered.
        await setImmediate();
        await setImmediate();
        return String(line);
      };
      const heard = within(answer(), 100, 'an answer');
      echo.stdin.write('here\n');
      // Long enough for the answer to be there, and for the deadline to pass before anybody has looked.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
      expect(await heard).toBe('here\n');
    } finally {
      echo.kill();
      await once(echo, 'close');
    }
  });
});
