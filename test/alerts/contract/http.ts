import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { SendContext } from '../../../src/alerts/channel-driver.ts';
import { DRIVERS } from '../../../src/alerts/drivers.ts';
import type { SendResult } from '../../../src/domain/channel.ts';
import type { Notification } from '../../../src/domain/notification.ts';
import { makeCertificate } from '../../mimecast/certificate.ts';
import { closedPort, serveTcp, serveTls } from '../../mimecast/servers.ts';
import type { HttpCase } from '../channels.ts';
import { NOTIFICATION, OUTAGE, REMINDER, RESOLVED } from '../notifications.ts';
import { answering, contextOf, deadline, receive } from '../receiver.ts';

/** What every channel that sends over HTTP must do, run against real sockets. */
export function describeHttpChannel(type: string, one: HttpCase): void {
  /** Makes one attempt, of which nothing secret may come back. */
  async function attempt(
    origin: string,
    more: Partial<SendContext> = {},
    notification: Notification = NOTIFICATION,
  ): Promise<SendResult> {
    const driver = DRIVERS[type];
    if (!driver) throw new Error(`no driver ${type}`);
    const context = contextOf(more);
    const result = await driver.send(notification, one.settings(origin), context);
    const shown = JSON.stringify([result, context.lines]);
    for (const secret of [...one.secrets, new URL(origin).port, '127.0.0.1'])
      expect(shown).not.toContain(secret);
    return result;
  }
  const taking = () => receive(answering(one.taken.status, one.taken.headers, one.taken.body));

  describe('an answer', () => {
    it("of the vendor's own kind is delivered, after one POST", async () => {
      const receiver = await taking();
      expect(await attempt(receiver.origin)).toEqual({
        kind: 'delivered',
        receipt: { protocol: 'http', status: one.taken.status, ids: one.ids },
      });
      expect(receiver.received).toHaveLength(1);
      expect(receiver.received[0]).toMatchObject({
        method: 'POST',
        headers: { 'content-type': expect.stringMatching(/^application\/json/) },
      });
    });

    it('that holds a secret where ids are leaves no secret in the receipt', async () => {
      for (const secret of one.secrets) {
        const { status, headers, body } = one.echo(secret);
        const { receipt } = await attempt((await receive(answering(status, headers, body))).origin);
        expect(receipt).toEqual({ protocol: 'http', status, ids: expect.anything() });
      }
    });

    const final = [400, 401, 402, 403, 404, 405, 406, 409, 410, 411, 413, 415, 422, 451];
    it.each(final)('%d is given up, unless this vendor means something else by it', async (status) => {
      const kind = one.also[status] ?? 'permanent';
      const result = await attempt((await receive(answering(status))).origin);
      expect(result).toMatchObject({ kind, receipt: { protocol: 'http', status, ids: {} } });
      if (result.kind !== 'delivered') expect(result.failure).toBe('refused');
    });

    it.each([408, 429, 500, 502, 503, 504, 599])('%d is tried again', async (status) => {
      const result = await attempt((await receive(answering(status))).origin);
      expect(result).toMatchObject({
        kind: 'transient',
        failure: 'unavailable',
        reason: `the receiver answered HTTP ${status}`,
        receipt: { protocol: 'http', status, ids: {} },
        retryAfterMs: null,
      });
    });

    const now = Date.parse('2026-06-01T12:00:00.500Z');
    it.each([
      [429, '120', 120_000],
      [503, ' 7 ', 7_000],
      [503, 'Mon, 01 Jun 2026 12:00:30 GMT', 29_500],
      [429, 'Thu, 01 Jan 1970 00:00:00 GMT', 0],
      [503, 'soon', null],
      [503, '-1', null],
    ])('%d says when to come back: %s', async (status, header, retryAfterMs) => {
      const receiver = await receive(answering(status, { 'retry-after': header }));
      expect(await attempt(receiver.origin, { now })).toMatchObject({ kind: 'transient', retryAfterMs });
    });

    it.each([301, 302, 303, 307, 308])('%d is given up: no message goes to a stranger', async (status) => {
      const stranger = await taking();
      const receiver = await receive(answering(status, { location: `${stranger.origin}/` }));
      expect(await attempt(receiver.origin)).toMatchObject({ kind: 'permanent' });
      expect(stranger.received).toEqual([]);
      expect(receiver.received).toHaveLength(1);
    });

    it.each(one.errorBodies)('%d with the body %p is %s', async (status, body, kind) => {
      expect(await attempt((await receive(answering(status, {}, body))).origin)).toMatchObject({ kind });
    });
  });

  describe('a receiver that misbehaves', () => {
    const cutOff = one.statusDecides ? 'delivered' : 'transient';

    it('and never answers is left at the deadline', async () => {
      const { signal, pass } = deadline();
      const receiver = await receive(pass);
      expect(await attempt(receiver.origin, { signal })).toMatchObject({
        kind: 'transient',
        failure: 'unreachable',
        reason: 'no answer before the deadline',
        receipt: null,
        retryAfterMs: null,
      });
    });

    it('and drips its headers is left at the deadline', async () => {
      const { signal, pass } = deadline();
      const { port } = await serveTcp((socket) => {
        socket.write(`HTTP/1.1 ${one.taken.status} OK\r\nx-a: `, pass);
        drip(() => socket.write('a'), socket);
      });
      expect(await attempt(`http://127.0.0.1:${port}`, { signal })).toMatchObject({
        kind: 'transient',
        reason: 'no answer before the deadline',
      });
    });

    it('and drips its body is left at the deadline', async () => {
      const { signal, pass } = deadline();
      const receiver = await receive((_request, response) => {
        response.writeHead(one.taken.status === 204 ? 200 : one.taken.status);
        // Client and server share one event loop: after some of its turns the client has seen the headers.
        let drops = 0;
        drip(() => {
          response.write(' ');
          drops += 1;
          if (drops === 20) pass();
        }, response);
      });
      expect(await attempt(receiver.origin, { signal })).toMatchObject({ kind: cutOff });
    });

    it('and breaks off in the middle of the body is judged by what came', async () => {
      const receiver = await receive((_request, response) => {
        response.writeHead(one.taken.status === 204 ? 200 : one.taken.status, { 'content-length': '500' });
        response.write(one.taken.body || ' ', () => response.destroy());
      });
      expect(await attempt(receiver.origin)).toMatchObject({ kind: cutOff });
    });

    it('and floods is hung up on after some kilobytes', async () => {
      let sent = 0;
      let hungUp: Promise<unknown> = Promise.resolve();
      const chunk = Buffer.alloc(65_536, ' ');
      const receiver = await receive((_request, response) => {
        hungUp = once(response, 'close');
        response.writeHead(one.taken.status === 204 ? 200 : one.taken.status);
        const more = (): void => {
          while (!response.destroyed && response.write(chunk)) sent += chunk.length;
          sent += chunk.length;
        };
        response.on('drain', more);
        more();
      });
      expect(await attempt(receiver.origin)).toMatchObject({ kind: cutOff });
      await hungUp;
      expect(sent).toBeLessThan(50_000_000);
    });

    it('and floods in its headers is tried again later', async () => {
      const { port } = await serveTcp((socket) => {
        socket.write(`HTTP/1.1 200 OK\r\nx-a: ${'a'.repeat(100_000)}`);
      });
      expect(await attempt(`http://127.0.0.1:${port}`)).toMatchObject({ kind: 'transient' });
    });

    it('and resets the connection is tried again', async () => {
      const receiver = await receive((_request, response) => response.socket?.resetAndDestroy());
      const reason = expect.stringMatching(/^sending failed \(\w+\)$/);
      expect(await attempt(receiver.origin)).toMatchObject({ kind: 'transient', reason });
    });

    it('and speaks something else than HTTP is tried again', async () => {
      const { port } = await serveTcp((socket) => socket.end('SSH-2.0-x\r\n'));
      expect(await attempt(`http://127.0.0.1:${port}`)).toMatchObject({ kind: 'transient' });
    });

    it('and is not there is tried again', async () => {
      const result = await attempt(`http://127.0.0.1:${await closedPort()}`);
      expect(result).toMatchObject({ kind: 'transient', reason: 'sending failed (ECONNREFUSED)' });
    });

    it('and whose certificate nobody vouches for is told nothing', async () => {
      let reached = false;
      const server = await serveTls(makeCertificate({ subject: 'self', dnsNames: ['localhost'] }), () => {
        reached = true;
      });
      const result = await attempt(`https://localhost:${server.port}`);
      expect(result).toMatchObject({
        kind: 'transient',
        reason: 'sending failed (DEPTH_ZERO_SELF_SIGNED_CERT)',
      });
      expect(reached).toBe(false);
    });
  });

  describe('its messages', () => {
    async function bodiesOf(...notifications: readonly Notification[]): Promise<readonly string[]> {
      const receiver = await taking();
      for (const notification of notifications)
        expect(await attempt(receiver.origin, {}, notification)).toMatchObject({ kind: 'delivered' });
      return receiver.received.map(({ body }) => body);
    }

    it('are the same, with the same id, in every attempt', async () => {
      const receiver = await taking();
      await attempt(receiver.origin, { now: 1_780_000_000_000 });
      await attempt(receiver.origin, { now: 1_780_000_600_000 });
      const [first, second] = receiver.received;
      expect(second?.body).toBe(first?.body);
      expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    });

    it('of one incident belong together, and to no other', async () => {
      const [firing = '', resolved = '', other = ''] = await bodiesOf(NOTIFICATION, RESOLVED, OUTAGE);
      expect(one.tie(firing)).toBeDefined();
      expect(one.tie(resolved)).toEqual(one.tie(firing));
      expect(one.tie(other)).not.toEqual(one.tie(firing));
      expect(resolved).not.toBe(firing);
    });

    it('remind, under the tie of their incident: each reminder reaches the receiver', async () => {
      const [firing = '', reminder = '', ...others] = await bodiesOf(NOTIFICATION, REMINDER);
      expect(others).toEqual([]);
      expect(one.tie(reminder)).toBeDefined();
      expect(one.tie(reminder)).toEqual(one.tie(firing));
    });

    it.each([NOTIFICATION, REMINDER, RESOLVED])(
      'are not delivered where nobody is: $status',
      async (message) => {
        const result = await attempt(`http://127.0.0.1:${await closedPort()}`, {}, message);
        expect(result).toMatchObject({ kind: 'transient', failure: 'unreachable' });
      },
    );

    it('about many connections name some and count all', async () => {
      const [body = ''] = await bodiesOf(OUTAGE);
      expect(body).toContain('globex-00');
      expect(body).toContain('globex-49');
      expect(body).toContain('1234');
    });
  });
}

/** Goes on until the other side hangs up. */
function drip(drop: () => void, stream: NodeJS.EventEmitter): void {
  const timer = setInterval(drop, 5);
  stream.once('close', () => clearInterval(timer));
}
