import { describe, expect, it } from '@jest/globals';
import type { SMTPServerOptions } from 'smtp-server';
import type { SendContext, Settings } from '../../../src/alerts/channel-driver.ts';
import { DRIVERS } from '../../../src/alerts/drivers.ts';
import type { SendResult } from '../../../src/domain/channel.ts';
import type { Notification } from '../../../src/domain/notification.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { closedPort, serveTcp } from '../../mimecast/servers.ts';
import { parseMail, refusal, serveMail } from '../mail-server.ts';
import { NOTIFICATION, OUTAGE, REMINDER, RESOLVED } from '../notifications.ts';
import { contextOf, deadline } from '../receiver.ts';

const TO = ['soc@acme.example', 'noc@acme.example'];

/** The promises that the HTTP channels keep, in the words of SMTP. */
export function describeMailChannel(type: string): void {
  async function attempt(
    port: number,
    more: Partial<SendContext> = {},
    notification: Notification = NOTIFICATION,
    user = 'us3r:P4SSW0RD@',
  ): Promise<SendResult> {
    const driver = DRIVERS[type];
    if (!driver) throw new Error(`no driver ${type}`);
    const url = new Secret(`smtp://${user}127.0.0.1:${port}`);
    const settings: Settings = { url, from: 'Monitor <monitor@provider.example>', to: TO };
    const context = contextOf(more);
    const result = await driver.send(notification, settings, context);
    const shown = JSON.stringify([result, context.lines]);
    for (const secret of ['us3r', 'P4SSW0RD', '127.0.0.1', String(port), 'acme.example', 'provider.example'])
      expect(shown).not.toContain(secret);
    return result;
  }
  const welcome: SMTPServerOptions = {
    onAuth: ({ username }, _session, done) => done(null, { user: username ?? '' }),
  };

  describe('an answer', () => {
    it('of yes is delivered, to all recipients at once', async () => {
      const { port, mails } = await serveMail({ ...welcome, allowInsecureAuth: true });
      expect(await attempt(port)).toEqual({
        kind: 'delivered',
        receipt: { protocol: 'smtp', status: 250, ids: {} },
      });
      expect(mails).toHaveLength(1);
      expect(mails[0]).toMatchObject({ from: 'monitor@provider.example', to: TO, user: 'us3r' });
    });

    it.each<[string, object]>([
      ['OK: queued as 4Fz1Yx2QzSz9s', { queue_id: '4Fz1Yx2QzSz9s' }],
      ['OK: queued as us3r', {}],
      ['OK: queued as x-P4SSW0RD', {}],
      ['OK, P4SSW0RD for soc@acme.example', {}],
    ])('of yes, as %p, is told with what the server queued it as, and no secret', async (reply, ids) => {
      const { port } = await serveMail({
        ...welcome,
        allowInsecureAuth: true,
        onData: (stream, _session, done) => {
          stream.resume();
          stream.on('end', () => (done as (error: null, text: string) => void)(null, reply));
        },
      });
      const receipt = { protocol: 'smtp', status: 250, ids };
      expect(await attempt(port)).toEqual({ kind: 'delivered', receipt });
    });

    const stages: [string, (code: number) => SMTPServerOptions][] = [
      [
        'to the connection',
        (code) => ({ onConnect: (_session, done) => done(refusal(code, 'go away us3r')) }),
      ],
      [
        'to the password',
        (code) => ({ onAuth: (_auth, _session, done) => done(refusal(code, 'us3r P4SSW0RD')) }),
      ],
      [
        'to the sender',
        (code) => ({
          onMailFrom: (_address, _session, done) => done(refusal(code, 'monitor@provider.example')),
        }),
      ],
      [
        'to every recipient',
        (code) => ({ onRcptTo: (_address, _session, done) => done(refusal(code, 'soc@acme.example')) }),
      ],
      [
        'to the mail',
        (code) => ({
          onData: (stream, _session, done) => {
            stream.resume();
            stream.on('end', () => done(refusal(code, 'T0KEN')));
          },
        }),
      ],
    ];
    for (const [stage, options] of stages) {
      it.each([421, 450, 451, 452, 454])(`${stage} of %d is tried again`, async (code) => {
        const { port } = await serveMail({ ...welcome, allowInsecureAuth: true, ...options(code) });
        const reason = `the mail server answered ${code}`;
        const receipt = { protocol: 'smtp', status: code, ids: {} };
        expect(await attempt(port)).toMatchObject({
          kind: 'transient',
          failure: 'unavailable',
          reason,
          receipt,
        });
      });

      it.each([535, 550, 551, 552, 554])(`${stage} of %d is given up`, async (code) => {
        const { port } = await serveMail({ ...welcome, allowInsecureAuth: true, ...options(code) });
        const reason = `the mail server answered ${code}`;
        const receipt = { protocol: 'smtp', status: code, ids: {} };
        expect(await attempt(port)).toEqual({ kind: 'permanent', failure: 'refused', reason, receipt });
      });
    }

    it('of yes to some recipients is delivered, and says in the log how many were refused', async () => {
      const { port, mails } = await serveMail({
        onRcptTo: ({ address }, _session, done) => done(address === TO[0] ? refusal(550) : null),
      });
      const lines: unknown[][] = [];
      const log: SendContext['log'] = (...line) => lines.push(line);
      expect(await attempt(port, { log }, NOTIFICATION, '')).toMatchObject({ kind: 'delivered' });
      expect(mails.map(({ to }) => to)).toEqual([[TO[1]]]);
      expect(lines).toEqual([
        ['warn', { refused: 1, recipients: 2 }, 'the mail server refused some recipients of a notification'],
      ]);
    });
  });

  describe('a receiver that misbehaves', () => {
    it('and never says a word is left at the deadline', async () => {
      const { signal, pass } = deadline();
      const { port } = await serveTcp(pass);
      expect(await attempt(port, { signal })).toMatchObject({
        kind: 'transient',
        reason: 'no answer before the deadline',
        retryAfterMs: null,
      });
    });

    it('and drips its greeting is left at the deadline', async () => {
      const { signal, pass } = deadline();
      const { port } = await serveTcp((socket) => {
        socket.write('220', pass);
        const timer = setInterval(() => socket.write('-'), 5);
        socket.once('close', () => clearInterval(timer));
      });
      expect(await attempt(port, { signal })).toMatchObject({ reason: 'no answer before the deadline' });
    });

    it('and falls silent after the mail is left at the deadline', async () => {
      const { signal, pass } = deadline();
      const { port } = await serveMail({
        onData: (stream) => {
          stream.resume();
          stream.on('end', pass);
        },
      });
      expect(await attempt(port, { signal }, NOTIFICATION, '')).toMatchObject({
        kind: 'transient',
        reason: 'no answer before the deadline',
      });
    });

    it.each([
      ['in one line', `220 ${'a'.repeat(200_000)}`],
      ['in many lines', '220-aaaaaaaaaaaaaaaa\r\n'.repeat(20_000)],
    ])('and floods %s is hung up on', async (_how, text) => {
      const { port } = await serveTcp((socket) => void socket.write(text));
      expect(await attempt(port)).toMatchObject({ kind: 'transient' });
    });

    it.each<[string, (end: { resetAndDestroy(): void; end(text: string): void }) => void]>([
      ['resets the connection', (socket) => socket.resetAndDestroy()],
      ['hangs up without a word', (socket) => socket.end('')],
      ['speaks something else than SMTP', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ])('and %s is tried again', async (_what, act) => {
      const { port } = await serveTcp(act);
      expect(await attempt(port)).toMatchObject({
        kind: 'transient',
        reason: expect.stringMatching(/^sending failed \(\w+\)$/),
      });
    });

    it('and is not there is tried again', async () => {
      expect(await attempt(await closedPort())).toMatchObject({
        kind: 'transient',
        reason: 'sending failed (ECONNREFUSED)',
      });
    });
  });

  describe('its messages', () => {
    async function headersOf(...notifications: readonly Notification[]) {
      const { port, mails } = await serveMail();
      for (const notification of notifications) await attempt(port, {}, notification, '');
      return mails.map(({ raw }) => parseMail(raw).headers);
    }

    it('are the same, with the same id and date, in every attempt', async () => {
      const [first, second] = await headersOf(NOTIFICATION, NOTIFICATION);
      for (const name of ['message-id', 'date', 'subject', 'references', 'from', 'to'])
        expect(second?.[name]).toBe(first?.[name]);
      expect(first?.['message-id']).toBe(`<${NOTIFICATION.id}@provider.example>`);
    });

    it('of one incident are one thread, and of another one another', async () => {
      const [firing, reminder, resolved, other] = await headersOf(NOTIFICATION, REMINDER, RESOLVED, OUTAGE);
      expect(firing?.['references']).toBe(`<${NOTIFICATION.incident}@provider.example>`);
      for (const later of [reminder, resolved]) {
        expect(later?.['references']).toBe(firing?.['references']);
        expect(later?.['in-reply-to']).toBe(firing?.['in-reply-to']);
        expect(later?.['message-id']).not.toBe(firing?.['message-id']);
      }
      expect(other?.['references']).not.toBe(firing?.['references']);
    });
  });
}
