import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { startSimulator } from '../../src/simulator/server.ts';
import { ask, Cleanup, eventually, QUICK_CHECKS, ready, sampleOf, samples } from '../e2e/world.ts';
import { makeConfigFolder } from '../helpers/config-file.ts';
import type { MonitorProcess } from '../helpers/monitor-process.ts';
import { startTestRedis } from '../helpers/redis.ts';

const WRITER = fileURLToPath(new URL('programs/rewrite.mjs', import.meta.url));
const READINGS = 4;

/** So few that none is refused for the number of those it would take away. */
const IDS = ['acme-eu', 'acme-us', 'globex-eu', 'globex-us', 'initech-eu', 'initech-us'];

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

/** One line for each connection, so that any number of whole lines is a fleet that could be meant. */
function fleetText(baseUrl: string, side: string): string {
  const lines = IDS.map((id) =>
    JSON.stringify({ id, baseUrl, clientId: `${id}-id`, clientSecret: `${id}-secret`, labels: { side } }),
  );
  return `${lines.join('\n')}\n`;
}

/** What is in force, in short: each side that stands at a connection, and how many connections there are. */
async function inForce(monitor: MonitorProcess): Promise<{ sides: readonly string[]; count: number }> {
  const { text } = await ask(monitor, '/api/v1/connections');
  const { connections } = JSON.parse(text) as { connections: { labels: { side: string } }[] };
  return { sides: [...new Set(connections.map(({ labels }) => labels.side))], count: connections.length };
}

describe('a config file that is written while it is read', () => {
  it.each(['truncated', 'overwritten', 'recreated', 'replaced'])(
    '(%s, again and again) is never in force by half, and takes no connection away',
    async (manner) => {
      const keys = IDS.map((id) => ({ clientId: `${id}-id`, clientSecret: `${id}-secret` }));
      const gateway = cleanup.add(await startSimulator({ keys }), (it) => it.close());
      // In memory where there is such a place: no disk may make the writer wait in the middle of a file.
      const folder = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'mcm-test-'));
      cleanup.add(folder, (it) => rm(it, { recursive: true, force: true }));
      const include = [join(folder, '*.ndjson')];
      const redis = cleanup.add(await startTestRedis(), (it) => it.stop());
      const config = await makeConfigFolder({
        version: 1,
        checks: QUICK_CHECKS,
        redis: { url: `unix://${redis.socketPath}` },
        include,
      });
      cleanup.add(config, (it) => it.remove());
      // Of different lengths, so that half of the one does not end where half of the other does.
      const texts = [fleetText(gateway.origin, 'left'), fleetText(gateway.origin, 'the-right-one')];
      const file = join(folder, 'fleet.ndjson');
      await writeFile(file, texts[0] ?? '', { mode: 0o600 });
      const monitor = await cleanup.start(['--config', config.path], { TMPDIR: config.folder });
      await ready(monitor);

      const writer = spawn(process.execPath, [WRITER, file, manner, ...texts], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      cleanup.add(writer, (it) => it.kill('SIGKILL'));
      await once(writer.stdout, 'data');
      const seen = new Set<string>();
      // Who moves a complete file to its place is read, be it now and then; nobody else is, while that goes on.
      const isEnough = (reading: number) => (manner === 'replaced' ? seen.size === 2 : reading === READINGS);
      for (let reading = 0; !isEnough(reading); reading += 1) {
        const { status, text } = await ask(monitor, '/api/v1/reload', { method: 'POST' });
        if (status !== 200) expect(text).toMatch(/each of the 5 times|came and went/);
        const { sides, count } = await inForce(monitor);
        expect({ count, sides: sides.length }).toEqual({ count: IDS.length, sides: 1 });
        for (const side of sides) seen.add(side);
      }
      await ready(monitor);

      const ended = once(writer, 'exit');
      writer.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
      await eventually('what was written last is in force, without anybody asking for it', async () => {
        const { sides } = await inForce(monitor);
        const ok = sampleOf(await samples(monitor), 'mimecast_monitor_config_last_reload_successful');
        return sides[0] === 'the-right-one' && ok === 1;
      });
      const removals = monitor.lines.filter(({ msg }) => msg.startsWith('connections left the config'));
      expect(removals).toEqual([]);
    },
  );
});
