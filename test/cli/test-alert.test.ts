import { describe, expect, it } from '@jest/globals';
import { registerTestAlert } from '../../src/cli/test-alert.ts';
import { answering, receive } from '../alerts/receiver.ts';
import { configOf } from './check-command.ts';
import { runCommand } from './command.ts';

interface Body {
  readonly id: string;
  readonly incident: string;
  readonly status: string;
  readonly summary: string;
  readonly severity: string;
  readonly connection: { readonly tenant: string };
}

function hook(origin: string, path = '/hook') {
  return { type: 'webhook', url: `${origin}${path}` };
}

async function testAlert(channels: object, args: readonly string[] = [], env: Record<string, string> = {}) {
  const { path } = await configOf([], { alerts: { channels } });
  return runCommand(registerTestAlert, ['test-alert', ...args, '--config', path], env);
}

describe('test-alert', () => {
  it('sends a marked test and its end through every channel, and says that they were delivered', async () => {
    const receiver = await receive(answering(204));
    const { out, code } = await testAlert({
      soc: hook(receiver.origin),
      mail: hook(receiver.origin, '/mail'),
    });
    expect(out.split('\n')).toEqual([
      'CHANNEL  TYPE     RESULT     REASON',
      'soc      webhook  delivered  -',
      'mail     webhook  delivered  -',
      '',
    ]);
    expect(code).toBe(0);
    const bodies = receiver.received
      .filter(({ url }) => url === '/hook')
      .map(({ body }) => JSON.parse(body) as Body);
    expect(bodies).toMatchObject([
      { status: 'firing', severity: 'warning', connection: { tenant: 'TEST' } },
      { status: 'resolved', severity: 'warning' },
    ]);
    expect(bodies[0]?.incident).toMatch(/^test-[0-9a-f]{12}$/);
    expect(bodies[1]?.incident).toBe(bodies[0]?.incident);
    expect(bodies[1]?.id).not.toBe(bodies[0]?.id);
    for (const { summary } of bodies) expect(summary).toMatch(/^TEST:/);
    expect(receiver.received).toHaveLength(4);
  });

  it('sends it through the named channels only, as loud as it is told', async () => {
    const receiver = await receive(answering(200));
    const channels = { soc: hook(receiver.origin), mail: hook(receiver.origin, '/mail') };
    await testAlert(channels, ['mail', 'mail', '--severity', 'critical']);
    expect(receiver.received.map(({ url }) => url)).toEqual(['/mail', '/mail']);
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({ severity: 'critical' });
  });

  it('says what the receiver answered, exits with 1, and shows no URL', async () => {
    const refusing = await receive(answering(403));
    const broken = await receive(answering(503));
    const channels = {
      refusing: hook(refusing.origin, '/very-secret'),
      broken: hook(broken.origin, '/very-secret'),
      gone: { type: 'webhook', url: { env: 'GONE' } },
      unset: { type: 'webhook', url: { env: 'UNSET' } },
      console: { type: 'log' },
    };
    const { out, err, code } = await testAlert(channels, ['--json'], {
      GONE: 'http://127.0.0.1:1/very-secret',
    });
    const failed = (channel: string, reason: unknown) => ({
      channel,
      type: 'webhook',
      delivered: false,
      reason,
    });
    expect(JSON.parse(out)).toEqual({
      channels: [
        failed('refusing', 'the receiver answered HTTP 403'),
        failed('broken', 'the receiver answered HTTP 503'),
        failed('gone', 'sending failed (ECONNREFUSED)'),
        failed('unset', expect.stringMatching(/^env UNSET is not set/)),
        { channel: 'console', type: 'log', delivered: true, reason: null },
      ],
    });
    expect(code).toBe(1);
    expect(out + err).not.toMatch(/very-secret/);
    // What was refused for good opened nothing; what failed otherwise may have.
    expect(refusing.received).toHaveLength(1);
    expect(broken.received).toHaveLength(2);
    expect(err.match(/"msg":"TEST: /g)).toHaveLength(2);
  });

  it('says that the end of the test could not be delivered', async () => {
    let answers = 0;
    const receiver = await receive((_, response) => {
      answers += 1;
      response.writeHead(answers === 1 ? 200 : 500).end();
    });
    const { out, code } = await testAlert({ soc: hook(receiver.origin) });
    expect(out).toMatch(/failed +delivered, but its end was not: the receiver answered HTTP 500/);
    expect(code).toBe(1);
  });

  it('sends nothing when a channel is unknown, and suggests the nearest', async () => {
    const receiver = await receive(answering(200));
    const run = testAlert({ soc: hook(receiver.origin) }, ['soc', 'sco']);
    await expect(run).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/has no channel sco; did you mean soc\?$/),
    });
    expect(receiver.received).toEqual([]);
    await expect(testAlert({})).rejects.toThrow(/has no channel: add one under alerts.channels$/);
    await expect(testAlert({ soc: { type: 'webhok' } })).rejects.toMatchObject({ code: 'config_invalid' });
  });
});
