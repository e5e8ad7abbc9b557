import { userInfo } from 'node:os';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { registerSilence } from '../../src/cli/silence.ts';
import { Secret } from '../../src/domain/secret.ts';
import { connectionOf, NEW_YEAR } from '../helpers/fleet.ts';
import { memoryPorts } from '../helpers/http-ports.ts';
import { serve } from '../http/server-under-test.ts';
import { runCommand } from './command.ts';

const acme = connectionOf('acme-siem', { tenant: 'Acme Corp', labels: { tier: 'gold', owner: 'a=b' } });
const globex = connectionOf('globex');
const TOKEN = 'of the monitor';

let url: string;
let now: number;

beforeEach(async () => {
  now = NEW_YEAR;
  const ports = memoryPorts(
    {
      entries: [
        [acme, null],
        [globex, null],
      ],
    },
    { now: () => now },
  );
  ({ url } = await serve(ports, { token: new Secret(TOKEN) }));
});

function silence(...args: readonly string[]) {
  return runCommand(registerSilence, ['silence', ...args, '--url', url, '--token', TOKEN]);
}

const MIGRATION = ['--tenant', 'Acme Corp', '--for', '2h', '--reason', 'migration'];

describe('silence add', () => {
  it('mutes in the name of the user of this system', async () => {
    expect(await silence('add', ...MIGRATION)).toEqual({
      code: 0,
      out: 's1: mutes tenant Acme Corp until 2026-01-01 02:00 (UTC)\n',
      err: '',
    });
    const { out } = await silence('list', '--json');
    expect(JSON.parse(out)).toMatchObject({
      silences: [{ id: 's1', author: userInfo().username, reason: 'migration', status: 'active' }],
    });
  });

  it('takes everything that can be matched, a start, an end and an author', async () => {
    const { out, code } = await silence(
      ...['add', '--connection', 'acme-siem', '--label', 'tier=gold', '--label', 'owner=a=b'],
      ...['--gateway', acme.gateway, '--kind', 'credential_invalid', '--from', '2026-01-02T00:00:00Z'],
      ...['--until', '2026-01-02T09:30:00+01:00', '--reason', 'r', '--author', 'kim', '--json'],
    );
    expect(JSON.parse(out)).toMatchObject({
      status: 'pending',
      match: {
        connection: 'acme-siem',
        labels: { tier: 'gold', owner: 'a=b' },
        gateway: acme.gateway,
        kind: 'credential_invalid',
      },
      endsAt: '2026-01-02T08:30:00.000Z',
      author: 'kim',
    });
    expect(code).toBe(0);
  });

  it.each<[string, readonly string[], RegExp]>([
    ['no end', ['--tenant', 'Acme Corp', '--reason', 'r'], /give either --for/],
    ['two ends', [...MIGRATION, '--until', '2026-01-02T00:00:00Z'], /give either --for/],
    ['no reason', ['--tenant', 'Acme Corp', '--for', '2h'], /--reason <text>' not specified/],
    ['a label without a value', [...MIGRATION, '--label', 'tier'], /name=value/],
    [
      'an unknown connection',
      [...MIGRATION, '--connection', 'acme-sime'],
      /^there is no connection acme-sime; did you mean acme-siem\?$/,
    ],
    [
      'a gateway without its scheme',
      [...MIGRATION, '--gateway', 'us-api.services.mimecast.com:443'],
      /^there is no gateway us-api\.services\.mimecast\.com:443; did you mean https:\/\/us-api\.services\.mimecast\.com\?$/,
    ],
    [
      'a duration of no form',
      ['--tenant', 'Acme Corp', '--for', 'long', '--reason', 'r'],
      /^duration: must be a duration such as 30m, 2h or 7d$/,
    ],
    [
      'nothing to match',
      ['--for', '2h', '--reason', 'r'],
      /^the silence would mute everything: name a .* or a kind$/,
    ],
  ])('refuses %s', async (_, args, reason) => {
    await expect(silence('add', ...args)).rejects.toThrow(reason);
    expect((await silence('list', '--all')).out).toBe('nothing is muted\n');
  });
});

describe('silence list', () => {
  it('prints those that mute now or will, and with --all those that are over', async () => {
    await silence('add', '--connection', 'globex', '--for', '30m', '--reason', 'test', '--author', 'kim');
    await silence('add', ...MIGRATION, '--author', 'kim');
    now += 3_600_000;
    const row = 's2  active   tenant Acme Corp   2026-01-01 00:00  2026-01-01 02:00  kim     migration';
    expect((await silence('list')).out.split('\n')).toEqual([
      expect.stringMatching(/^ID {2}STATUS {2}MUTES/),
      row.replace('active   ', 'active  ').replace('Corp   ', 'Corp  '),
      '',
    ]);
    expect((await silence('list', '--all')).out.split('\n')).toEqual([
      'ID  STATUS   MUTES              FROM (UTC)        UNTIL             AUTHOR  REASON',
      's1  expired  connection globex  2026-01-01 00:00  2026-01-01 00:30  kim     test',
      row,
      '',
    ]);
  });
});

describe('silence remove', () => {
  it('ends those that are named', async () => {
    await silence('add', ...MIGRATION);
    await silence('add', '--connection', 'globex', '--for', '2h', '--reason', 'test');
    expect(await silence('remove', 's1', 's2')).toEqual({
      code: 0,
      out: 's1 has ended\ns2 has ended\n',
      err: '',
    });
    expect((await silence('list')).out).toBe('nothing is muted\n');
  });

  it('ends none when one is unknown or over already', async () => {
    await silence('add', ...MIGRATION);
    await silence('add', '--connection', 'globex', '--for', '30m', '--reason', 'test');
    now += 3_600_000;
    await expect(silence('remove', 's1', 's9')).rejects.toThrow(
      /there is no silence s9: mimecast-monitor silence list/,
    );
    await expect(silence('remove', 's1', 's2')).rejects.toThrow(/s2 is over already/);
    expect((await silence('list')).out).toMatch(/^s1 /m);
  });
});

it('asks for the token of the monitor', async () => {
  const asked = runCommand(registerSilence, ['silence', 'list', '--url', url]);
  await expect(asked).rejects.toMatchObject({ code: 'unauthorized' });
});
