import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { besideTheKeys, storm } from '../../src/cli/demo-story.ts';
import { createDemoWorld, EXPIRING, MISTYPED, PROBED } from '../../src/cli/demo-world.ts';
import type { Notification } from '../../src/domain/notification.ts';
import { offsetOf } from '../../src/domain/schedule.ts';
import { freePort } from '../helpers/free-port.ts';
import { Cleanup, connections, eventually, processes } from './world.ts';

const BIN = fileURLToPath(new URL('../../bin/mimecast-monitor', import.meta.url));
let folder: string;

beforeEach(async () => {
  // Directly under /tmp: the path of the socket that is made in it has a limit.
  folder = await mkdtemp('/tmp/mcm-demo-');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the demo', () => {
  it('ends in order and leaves nothing behind when its reader has seen enough (demo | head -1)', async () => {
    const { PATH = '' } = process.env;
    const child = spawn(process.execPath, [BIN, 'demo'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH, HOME: folder, TMPDIR: folder },
    });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const closed = once(child, 'close');
    try {
      const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
      expect(line).toMatch(/^Twelve customers/);
      child.stdout.destroy();
      expect(await closed).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
    }
    expect(stderr).toBe('');
    expect(await readdir(folder)).toEqual([]);
    expect(processes().filter(({ command }) => command.includes(folder))).toEqual([]);
  });

  it('has something to show beside keys: an expiry, what a role may do, and labels', async () => {
    const cleanup = new Cleanup();
    try {
      const { said, teller, monitor } = await setStage(cleanup);
      await besideTheKeys(teller);
      expect(said).toHaveLength(2);
      const all = await connections(monitor);
      const shown = (id: string) => all.find((one) => one.id === id);
      expect(shown(PROBED)).toMatchObject({ permission: 'permitted', labels: { tier: 'silver' } });
      expect(
        teller.notifications.map(({ connection, kind, severity }) => [connection?.id, kind, severity]),
      ).toContainEqual([EXPIRING, 'credential_expiring', 'warning']);
    } finally {
      await cleanup.run();
    }
  });

  it('goes on after its storm also when that begins where the six have their turns furthest apart', async () => {
    const cleanup = new Cleanup();
    try {
      const { said, teller } = await setStage(cleanup);
      // Just before the turn of Hooli, after which that of Stark comes last, more than four seconds later.
      await pause((offsetOf('hooli-siem', 5_000) - 100 - (Date.now() % 5_000) + 5_000) % 5_000);
      await storm(teller);
      expect(said.at(-1)).toMatch(
        /^ {3}All six are confirmed, each by refusals of its own\. Messages: [1-6]\.$/,
      );
    } finally {
      await cleanup.run();
    }
  });
});

/** The world of the demo and a monitor of it that knows who is healthy, for a part of the story. */
async function setStage(cleanup: Cleanup) {
  const notifications: Notification[] = [];
  const heard = (notification: Notification) => notifications.push(notification);
  const world = cleanup.add(await createDemoWorld(await freePort(), heard), (it) => it.close());
  const monitor = await cleanup.start(['--config', world.configPath]);
  await eventually('all but one are healthy', async () =>
    (await connections(monitor)).every(({ id, state }) => state === 'healthy' || id === MISTYPED),
  );
  const said: string[] = [];
  const say = (line: string) => said.push(line);
  // Less than a test may take, so that one that waits for ever ends what it started.
  const signal = AbortSignal.timeout(40_000);
  return { said, monitor, teller: { url: monitor.url, world, say, notifications, signal } };
}
