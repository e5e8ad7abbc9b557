import { execFile, spawnSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, it } from '@jest/globals';
import { Cleanup, eventually, lineAfter, serverOf } from '../e2e/world.ts';
import { expectGoodEnd, expectRedis } from './invariants.ts';
import { startDurableRedis } from './redis-server.ts';
import { INTERVAL_MS, tell } from './story.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const DISK = '8m';
/** Mounts a disk of its own on the folder `$0`, where nobody else sees it, and becomes the rest of its arguments. */
const ON_A_SMALL_DISK = `mkdir -p "$0" && mount -t tmpfs -o size=${DISK},mode=700 tmpfs "$0" && exec "$@"`;
/** Root may mount; others may where the kernel gives them a namespace in which they are root. */
const NAMESPACES = [
  ['unshare', '--mount'],
  ['unshare', '--user', '--map-root-user', '--mount'],
];
const namespace = NAMESPACES.find(([program = '', ...args]) => {
  return spawnSync(program, [...args, 'sh', '-c', 'mount -t tmpfs tmpfs /mnt']).status === 0;
});
const mountable = namespace ? it : it.skip;
const why = namespace
  ? ''
  : ' (NOT TESTED HERE: it needs root, or a kernel that lets others mount in a namespace)';

mountable(
  `a disk that runs full under the embedded Redis loses nothing, and is told of as what it is${why}`,
  async () => {
    const story = await tell(cleanup, {
      redisUrl: null,
      through: (folder) => [...(namespace ?? []), 'sh', '-c', ON_A_SMALL_DISK, join(folder, 'data')],
    });
    const monitor = await story.start();
    const before = await story.settle(monitor);
    const from = monitor.lines.length;
    // The same folder as the process sees it.
    const filler = join(`/proc/${serverOf(monitor)}/root`, story.config.folder, 'data', 'filler');
    await expect(writeFile(filler, Buffer.alloc(16 * 2 ** 20))).rejects.toThrow('ENOSPC');
    story.turn();
    const said = await lineAfter(monitor, from, ({ msg }) => msg.startsWith('Redis takes no writes'));
    expect(String(said['reason'])).toMatch(/MISCONF|writing to the AOF|persist|disk/i);
    await expectRedis(monitor, 'down');
    await rm(filler);
    await expectGoodEnd(story, monitor, { before });
    expect(monitor.lines.length - from).toBeLessThan(60);
  },
  180_000,
);

it('a process without file descriptors takes nobody for refused, and goes on when it has some again', async () => {
  const redis = await startDurableRedis(cleanup);
  const story = await tell(cleanup, { redisUrl: redis.url });
  const monitor = await story.start();
  const before = await story.settle(monitor);
  const { gateway } = story;
  const limit = (files: string) =>
    promisify(execFile)('prlimit', ['--pid', String(monitor.pid), `--nofile=${files}:`]);
  const { stdout } = await promisify(execFile)('prlimit', [
    ...['--pid', String(monitor.pid), '--nofile', '--output', 'SOFT', '--noheadings'],
  ]);
  await limit('16');
  // What is open stays open: whoever is to need a new one must lose the old one.
  await redis.admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  gateway.setBehaviour('*', { kind: 'reset' });
  story.turn();
  // Nor can it take a connection, which says enough to whoever asks.
  const asked = fetch(new URL('/healthz', monitor.url), { signal: AbortSignal.timeout(3_000) });
  await expect(asked).rejects.toThrow();
  const since = performance.now();
  await eventually('two intervals have passed', () => performance.now() - since > 2 * INTERVAL_MS);
  const isBack = () => monitor.lines.some(({ msg }) => msg === 'the connection to Redis is back');
  expect(isBack()).toBe(false);
  gateway.setBehaviour('*', { kind: 'normal' });
  await limit(stdout.trim());
  await expectGoodEnd(story, monitor, { before });
  expect(isBack()).toBe(true);
}, 180_000);
