import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { registerValidate } from '../../src/cli/validate.ts';
import { type ConfigFolder, makeConfigFolder } from '../config/config-folder.ts';
import { runCommand } from './command.ts';

const NOW = Date.parse('2026-11-30T00:00:00Z');

let folder: ConfigFolder;
beforeEach(async () => {
  folder = await makeConfigFolder();
});
afterEach(() => folder.remove());

/** 5,000 connections whose secrets are in a vault, in files of one folder, and in a few dozen variables. */
function fleet(): string {
  const items = Array.from({ length: 5_000 }, (_, index) => {
    const id = `t${String(index).padStart(4, '0')}`;
    const secret =
      index < 4_000
        ? `{ exec: [vault, ${id}] }`
        : index < 4_960
          ? `{ file: s/${id} }`
          : `{ env: S_${index} }`;
    const expires = index % 100 === 0 ? `, secretExpiresAt: 2026-${index % 200 === 0 ? '10' : '12'}-01` : '';
    const channels = index % 1_000 === 7 ? ', channels: [own]' : '';
    return `  - { id: ${id}, tenant: T${index % 1_500}, clientId: hunter2, clientSecret: ${secret}${expires}${channels} }`;
  });
  return `version: 1
checks: { interval: 1m, maxPerSecond: 50 }
alerts: { channels: { soc: { type: log }, own: { type: log } } }
defaults: { region: us }
connections:
${items.join('\n')}
`;
}

async function validate(...args: readonly string[]) {
  const file = await folder.write('tenants.yaml', fleet());
  const register: typeof registerValidate = (program, context) =>
    registerValidate(program, context, () => NOW);
  return runCommand(register, ['validate', '--config', file, '--no-secrets', ...args]);
}

describe('validate of 5,000 connections', () => {
  it('fits on a screen and a half', async () => {
    const { code, out, err } = await validate();
    expect([code, err]).toEqual([0, '']);
    const lines = out.split('\n').slice(2);
    expect(lines).toEqual([
      'CHECKED AT                            CONNECTIONS  EVERY  RATE    AT MOST',
      'https://us-api.services.mimecast.com        5,000  1m     83.3/s  50/s',
      '',
      expect.stringMatching(/^VALUES FROM {16,}FOR$/),
      expect.stringMatching(/^literal in the config file +t0000: clientId and 4,999 more$/),
      expect.stringMatching(/^exec vault +t0000: clientSecret and 3,999 more$/),
      expect.stringMatching(/^file \/.*\/s\/… +t4000: clientSecret and 959 more$/),
      expect.stringMatching(/^env … +t4960: clientSecret and 39 more$/),
      '',
      'ABOUT                 CRITICAL IS TOLD TO  WARNINGS TO',
      't0000 and 4,994 more  soc                  soc',
      't0007 and 4 more      own                  own',
      'the monitor itself    -                    soc',
      '',
      'SECRET EXPIRES  AT          CONNECTION  TENANT',
      ...['0000', '0200', '0400', '0600', '0800', '1000', '1200', '1400', '1600', '1800'].map(
        (id) => `60d ago         2026-10-01  t${id}       T${Number(id) % 1_500}`,
      ),
      '… and 40 more; --json has them all',
      '4,950 connections do not declare when their secrets expire, so that nothing warns before (secretExpiresAt).',
      '',
      expect.stringContaining('needs 83.3 checks/s, but checks.maxPerSecond is 50'),
      'good, secrets not looked at',
      '',
    ]);
  });

  it('tells of every mistake with its place, and how many there are, also where one source fails for all', async () => {
    await folder.write('vault', '#!/bin/sh\nexit 3\n', 0o700);
    const items = Array.from(
      { length: 60 },
      (_, i) => `  - { id: t${i}, clientId: a, clientSecret: { exec: [./vault, t${i}] } }`,
    );
    const file = await folder.write(
      'tenants.yaml',
      `version: 1\ndefaults: { region: us }\nconnections:\n${items.join('\n')}\n`,
    );
    const args = ['validate', '--config', file];
    const { code, err } = await runCommand(registerValidate, args, { PATH: '/usr/bin:/bin' });
    const lines = err.trimEnd().split('\n');
    expect([code, lines.length]).toEqual([2, 61]);
    expect(lines[0]).toMatch(/tenants\.yaml:4:\d+: connections\[0\]\.clientSecret: exec /);
    expect(lines[59]).toMatch(/tenants\.yaml:63:\d+: connections\[59\]\.clientSecret: exec /);
    expect(lines[60]).toBe('mimecast-monitor: 60 mistakes');
    const { out } = await runCommand(registerValidate, [...args, '--json'], { PATH: '/usr/bin:/bin' });
    expect((JSON.parse(out) as { errors: unknown[] }).errors).toHaveLength(60);
  });

  it('has every fact in its JSON document, and no value of a literal', async () => {
    const { out } = await validate('--json');
    expect(out).not.toContain('hunter2');
    const { summary } = JSON.parse(out) as { summary: Record<string, unknown> };
    expect(summary).toMatchObject({
      connections: 5_000,
      gateways: [
        { connections: 5_000, intervals: [{ interval: '1m', connections: 5_000 }], checksPerSecond: 83.3 },
      ],
      sources: [
        { source: 'literal in the config file', references: 5_000, first: 't0000: clientId' },
        { source: 'exec vault', references: 4_000 },
        { references: 960 },
        { source: 'env …', references: 40 },
      ],
      told: [{ connections: 4_995 }, { connections: 5, ids: ['t0007', 't1007', 't2007', 't3007', 't4007'] }],
      expiries: { undeclared: 4_950, soonMs: 30 * 86_400_000 },
    });
    const { near } = summary['expiries'] as { near: unknown[] };
    expect(near).toHaveLength(50);
    expect(near.at(-1)).toEqual({
      id: 't4900',
      tenant: 'T400',
      expiresAt: '2026-12-01T00:00:00.000Z',
      leftMs: 86_400_000,
    });
  });
});
