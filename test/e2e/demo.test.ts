import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { processes } from './world.ts';

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
});
