import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findServerBinary, installHint, installLines, serverNameFor } from '../../src/redis/server-binary.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp('/tmp/mcm-test-');
});
afterEach(() => rm(folder, { recursive: true }));

async function program(directory: string, name: string, mode = 0o755): Promise<string> {
  await mkdir(join(folder, directory), { recursive: true });
  const path = join(folder, directory, name);
  await writeFile(path, '#!/bin/sh\n', { mode });
  return path;
}

const pathOf = (...directories: string[]): { PATH: string } => ({
  PATH: directories.map((directory) => join(folder, directory)).join(delimiter),
});

describe('findServerBinary', () => {
  it('prefers Redis to Valkey, wherever they stand on PATH', async () => {
    await program('first', 'valkey-server');
    const redis = await program('second', 'redis-server');
    expect(findServerBinary(pathOf('first', 'second'))).toBe(redis);
  });

  it('takes Valkey where there is no Redis', async () => {
    const valkey = await program('bin', 'valkey-server');
    expect(findServerBinary(pathOf('bin'))).toBe(valkey);
  });

  it('takes the check program of the Debian tools, which is the server under another name', async () => {
    const tools = await program('bin', 'redis-check-rdb');
    expect(findServerBinary(pathOf('bin'))).toBe(tools);
    expect(serverNameFor(tools)).toBe('redis-server');
    expect(serverNameFor('/usr/bin/redis-server')).toBeNull();
  });

  it('overlooks folders, files that can not be run, and relative entries of PATH', async () => {
    await mkdir(join(folder, 'bin', 'redis-server'), { recursive: true });
    await program('other', 'valkey-server', 0o644);
    expect(findServerBinary({ PATH: `${pathOf('bin', 'other').PATH}${delimiter}.` })).toBeNull();
  });

  it('finds nothing without a PATH', () => {
    expect(findServerBinary({})).toBeNull();
  });
});

describe('what to type where there is no server', () => {
  it('is named for four systems', () => {
    expect(installLines()).toHaveLength(4);
    for (const line of installLines()) expect(installHint()).toContain(line.split(/: +/)[1]);
    expect(installHint()).not.toContain('\n');
  });
});
