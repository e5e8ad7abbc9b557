import { describe, expect, it } from '@jest/globals';
import { registerTestAlert } from '../../src/cli/test-alert.ts';
import { serveMail } from '../alerts/mail-server.ts';
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
    const receiver = await receive(answering(204, { 'x-request-id': 'r-17' }));
    const { out, code } = await testAlert({
      soc: hook(receiver.origin),
      mail: hook(receiver.origin, '/mail'),
    });
    expect(out.split('\n')).toEqual([
      'CHANNEL  TYPE     RESULT     ANSWER                     REASON',
      'soc      webhook  delivered  HTTP 204, request_id r-17  -',
      'mail     webhook  delivered  HTTP 204, request_id r-17  -',
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
    const failed = (channel: string, failure: string, reason: unknown, status: number | null) => ({
      channel,
      type: 'webhook',
      delivered: false,
      answer: status === null ? null : { protocol: 'http', status, ids: {} },
      failure,
      reason,
      nextStep: expect.stringMatching(/\w/),
    });
    const { channels: tests } = JSON.parse(out) as { channels: { nextStep: string | null }[] };
    expect(tests).toEqual([
      failed('refusing', 'refused', 'the receiver answered HTTP 403', 403),
      failed('broken', 'unavailable', 'the receiver answered HTTP 503', 503),
      failed('gone', 'unreachable', 'sending failed (ECONNREFUSED)', null),
      failed('unset', 'misconfigured', expect.stringMatching(/^env UNSET is not set/), null),
      {
        ...{ channel: 'console', type: 'log', delivered: true },
        answer: { protocol: null, status: null, ids: {} },
        ...{ failure: null, reason: null, nextStep: null },
      },
    ]);
    expect(tests.map(({ nextStep }) => nextStep?.slice(0, 20) ?? null)).toEqual([
      'renew the credential',
      'nothing is wrong her',
      'check that the addre',
      'mend alerts.channels',
      null,
    ]);
    expect(code).toBe(1);
    expect(out + err).not.toMatch(/very-secret/);
    // What was refused for good opened nothing; what failed otherwise may have.
    expect(refusing.received).toHaveLength(1);
    expect(broken.received).toHaveLength(2);
    expect(err.match(/"msg":"TEST: /g)).toHaveLength(2);
  });

  it('says what a mail server queued the mail as, and under which key PagerDuty has the alert', async () => {
    const { port } = await serveMail({
      onData: (stream, _session, done) => {
        stream.resume();
        stream.on('end', () => (done as (error: null, text: string) => void)(null, 'OK: queued as 4Fz1Yx'));
      },
    });
    const pagerDuty = await receive((_request, response) => {
      const { dedup_key } = JSON.parse(pagerDuty.received.at(-1)?.body ?? '') as { dedup_key: string };
      response.writeHead(202).end(JSON.stringify({ status: 'success', message: 'KEYKEYKEY', dedup_key }));
    });
    const { out, code } = await testAlert(
      {
        mail: { type: 'email', url: `smtp://127.0.0.1:${port}`, from: 'a@b.example', to: ['c@d.example'] },
        page: { type: 'pagerduty', routingKey: { env: 'KEY' }, url: `${pagerDuty.origin}/v2/enqueue` },
      },
      [],
      { KEY: 'KEYKEYKEYKEYKEYKEYKEYKEYKEYKEYKE' },
    );
    expect(out).toMatch(/^mail +email +delivered +SMTP 250, queue_id 4Fz1Yx +-$/m);
    expect(out).toMatch(/^page +pagerduty +delivered +HTTP 202, dedup_key test-[0-9a-f]{12} +-$/m);
    expect(out).not.toMatch(/KEYKEY/);
    expect(code).toBe(0);
  });

  it('says that the end of the test could not be delivered', async () => {
    let answers = 0;
    const receiver = await receive((_, response) => {
      answers += 1;
      response.writeHead(answers === 1 ? 200 : 500).end();
    });
    const { out, code } = await testAlert({ soc: hook(receiver.origin) });
    expect(out).toMatch(/failed +HTTP 500 +delivered, but its end was not: the receiver answered HTTP 500/);
    expect(out).toMatch(/^soc: nothing is wrong here/m);
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
