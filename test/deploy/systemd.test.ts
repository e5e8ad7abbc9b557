import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { environmentNames, longestTeardownMs, parsedByProgram, ROOT, readText } from './program.ts';
import { UNIT, valuesOf } from './systemd.ts';

const INSTALLED = '/opt/mimecast-credential-monitor/';

describe('the systemd unit', () => {
  it('starts the program, from files that a checkout has, with flags that it knows', () => {
    const [node, ...words] = valuesOf('ExecStart')[0]?.split(' ') ?? [];
    expect(node).toBe('/usr/bin/node');
    const program = words.findIndex((word) => word.startsWith(INSTALLED));
    expect(existsSync(join(ROOT, words[program]?.slice(INSTALLED.length) ?? ''))).toBe(true);
    expect(words.slice(0, program)).toEqual(['--max-semi-space-size=32']);
    expect(parsedByProgram(words.slice(program + 1))).toMatchObject({ command: 'start', role: 'all' });
  });

  it('sets only variables that something reads', () => {
    const known = new Set([...environmentNames(), 'NODE_ENV', 'MALLOC_TRIM_THRESHOLD_']);
    const set = valuesOf('Environment').map((value) => value.split('=')[0] ?? '');
    expect(set).toContain('MIMECAST_MONITOR_CONFIG');
    for (const name of set) expect(known).toContain(name);
  });

  it('reloads by the signal that the program takes for it', () => {
    expect(valuesOf('ExecReload')).toEqual(['/bin/kill -HUP $MAINPID']);
    expect(readText('src/cli/start.ts')).toContain("process.on('SIGHUP'");
  });

  it('gives it longer to end than all of its parts may take, and leaves its Redis server to it', () => {
    expect(Number(valuesOf('TimeoutStopSec')[0]) * 1_000).toBeGreaterThan(longestTeardownMs());
    expect(valuesOf('KillMode')).toEqual(['mixed']);
    expect(valuesOf('Restart')).toEqual(['on-failure']);
  });

  it('lends it the secrets at the path that its head comment tells people to write', () => {
    expect(valuesOf('LoadCredential')).toEqual(['secrets:/etc/mimecast-monitor/secrets']);
    expect(readText(UNIT)).toContain('{ file: /run/credentials/mimecast-monitor.service/secrets_acme }');
  });

  it('keeps its data in the folder that its head comment tells people to write', () => {
    expect(valuesOf('StateDirectory')).toEqual(['mimecast-monitor']);
    expect(readText(UNIT)).toContain('dataDir: /var/lib/mimecast-monitor');
  });
});
