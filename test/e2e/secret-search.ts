import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { processes } from './world.ts';

/** Fresh for each run, and with characters that are written differently in a form, a URL or JSON. */
export function makeSecret(what: string): string {
  return `${what}/${randomBytes(9).toString('base64url')}+=&"%`;
}

/** As it is, and as it travels: one of these in the wrong place is a secret in the wrong place. */
export function formsOf(secret: string): string[] {
  const form = new URLSearchParams([['', secret]]).toString().slice(1);
  const json = JSON.stringify(secret).slice(1, -1);
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '');
  // Its random part alone tells of it as well, however the rest was written.
  const [, core = secret] = /\/([\w-]{12})/.exec(secret) ?? [];
  return [secret, encodeURIComponent(secret), form, json, base64, core];
}

/** Everything in Redis as text: names, fields, members, stream entries. */
export async function dump(client: Redis): Promise<string> {
  const parts: string[] = [];
  for (const key of await client.keys('*')) {
    const type = await client.type(key);
    parts.push(`${type} ${key}`, JSON.stringify(await contentOf(client, key, type)));
  }
  return parts.join('\n');
}

function contentOf(client: Redis, key: string, type: string): Promise<unknown> {
  switch (type) {
    case 'string':
      return client.get(key);
    case 'hash':
      return client.hgetall(key);
    case 'list':
      return client.lrange(key, 0, -1);
    case 'set':
      return client.smembers(key);
    case 'zset':
      return client.zrange(key, 0, '-1', 'WITHSCORES');
    case 'stream':
      return client.xrange(key, '-', '+');
    case 'none':
      // It had a time to live, which ended since it was listed.
      return Promise.resolve([]);
    default:
      throw new Error(`Redis holds a ${type} under ${key}`);
  }
}

/** Looks at the arguments of every process for as long as something runs. */
export async function whileWatching<T>(seen: Set<string>, work: Promise<T>): Promise<T> {
  let running = true;
  const watch = async () => {
    while (running) {
      for (const { command } of processes()) seen.add(command);
      await pause(20);
    }
  };
  const watching = watch();
  try {
    return await work;
  } finally {
    running = false;
    await watching;
  }
}
