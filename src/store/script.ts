import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

/** What a script is run with. */
export interface Call {
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

/** A Lua script that is sent by its hash, and whole only when the server does not know it yet. */
export class Script {
  readonly #lua: string;
  readonly #sha: string;

  constructor(lua: string) {
    this.#lua = lua;
    this.#sha = createHash('sha1').update(lua).digest('hex');
  }

  async run(redis: Redis, keys: Call['keys'], args: Call['args']): Promise<unknown> {
    try {
      return await redis.evalsha(this.#sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return await redis.eval(this.#lua, keys.length, ...keys, ...args);
    }
  }

  /** Runs it once for each call, in their order and all of them in one write; answers come in the same order. */
  runMany(redis: Redis, calls: readonly Call[]): Promise<PromiseSettledResult<unknown>[]> {
    // Not a pipeline of the client: making one costs more than the write that it saves, and one whose connection breaks
    // in the middle of the replies fails as a whole, where single commands are sent again.
    const { stream } = redis;
    stream?.cork();
    const runs = calls.map(({ keys, args }) => this.run(redis, keys, args));
    stream?.uncork();
    return Promise.allSettled(runs);
  }
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
