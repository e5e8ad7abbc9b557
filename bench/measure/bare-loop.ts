import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import { Secret } from '../../src/domain/secret.ts';
import { tokenRequest } from '../../src/mimecast/token-request.ts';

/** As many as make the bare loop fastest. */
const SOCKETS = 50;

export const EXCHANGE = tokenRequest(new Secret('bench-client'), new Secret('bench-secret'));

/** Token requests a second that one process can make when it does nothing else. */
export async function measureBareLoop(gateway: string, settleMs: number, forMs: number): Promise<number> {
  const pool = new Pool(gateway, { connections: SOCKETS, pipelining: 1 });
  let done = 0;
  let going = true;
  const loops = Array.from({ length: SOCKETS }, async () => {
    while (going) {
      const { body } = await pool.request(EXCHANGE);
      await body.json();
      done += 1;
    }
  });
  await delay(settleMs);
  const before = { done, at: performance.now() };
  await delay(forMs);
  const rate = (done - before.done) / ((performance.now() - before.at) / 1_000);
  going = false;
  await Promise.all(loops);
  await pool.close();
  return rate;
}
