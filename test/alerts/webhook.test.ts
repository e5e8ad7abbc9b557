import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { Settings } from '../../src/alerts/channel-driver.ts';
import { webhookMessage } from '../../src/alerts/webhook/payload.ts';
import { sendWebhook } from '../../src/alerts/webhook/send.ts';
import type { SendResult } from '../../src/domain/channel.ts';
import { Secret } from '../../src/domain/secret.ts';
import { answering, NOTIFICATION, type Receiver, receive } from './receiver.ts';

const PATH = '/hooks/T0KEN-IN-THE-PATH?key=K3Y';
const KEY = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const NOW = Date.now();

function sendTo(
  target: Receiver | string,
  more: { settings?: Settings; signal?: AbortSignal } = {},
): Promise<SendResult> {
  const url = new Secret(typeof target === 'string' ? target : `${target.origin}${PATH}`);
  const signal = more.signal ?? AbortSignal.timeout(20_000);
  return sendWebhook(NOTIFICATION, { url, ...more.settings }, { now: NOW, signal, log: () => undefined });
}

describe('a webhook message', () => {
  it('is the notification as JSON, posted once to the whole URL', async () => {
    const receiver = await receive(answering(204));
    expect(await sendTo(receiver)).toEqual({ kind: 'delivered' });
    expect(receiver.received).toHaveLength(1);
    expect(receiver.received[0]).toMatchObject({
      method: 'POST',
      url: PATH,
      headers: {
        'content-type': 'application/json',
        'webhook-id': NOTIFICATION.id,
        'webhook-timestamp': String(Math.floor(NOW / 1_000)),
      },
    });
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toEqual(NOTIFICATION);
  });

  it.each([
    ['with its prefix', `whsec_${KEY}`],
    ['without', KEY],
  ])('is signed so that the Standard Webhooks library verifies it: a secret %s', async (_how, secret) => {
    const receiver = await receive(answering(200));
    await sendTo(receiver, { settings: { signingSecret: new Secret(secret) } });
    const { headers, body } = receiver.received[0] ?? { headers: {}, body: '' };
    const given = headers as Record<string, string>;
    expect(new Webhook(KEY).verify(body, given)).toEqual(NOTIFICATION);
    expect(() => new Webhook(KEY).verify(body.replace('revoked', 'expired'), given)).toThrow();
    expect(() => new Webhook(KEY.replace('M', 'N')).verify(body, given)).toThrow();
    expect(() => new Webhook(KEY).verify(body, { ...given, 'webhook-id': 'other' })).toThrow();
  });

  it('carries no signature without a secret', async () => {
    const receiver = await receive(answering(200));
    await sendTo(receiver);
    expect(receiver.received[0]?.headers).not.toHaveProperty('webhook-signature');
  });

  it('keeps its id in every retry, while time and signature are those of the attempt', () => {
    const secret = new Secret(KEY);
    const [first, later] = [NOW, NOW + 60_000].map((at) => webhookMessage(NOTIFICATION, secret, at).headers);
    expect(later?.['webhook-id']).toBe(first?.['webhook-id']);
    expect(later?.['webhook-signature']).not.toBe(first?.['webhook-signature']);
  });
});

describe('the answer to a webhook message', () => {
  it.each([200, 201, 202, 204, 299])('%d is delivered', async (status) => {
    expect(await sendTo(await receive(answering(status)))).toEqual({ kind: 'delivered' });
  });

  it.each([400, 401, 403, 404, 405, 409, 410, 413, 422, 451])('%d is given up', async (status) => {
    expect(await sendTo(await receive(answering(status)))).toEqual({
      kind: 'permanent',
      reason: `the receiver answered HTTP ${status}`,
    });
  });

  it.each([408, 429, 500, 502, 503, 504, 599])('%d is tried again', async (status) => {
    expect(await sendTo(await receive(answering(status)))).toEqual({
      kind: 'transient',
      reason: `the receiver answered HTTP ${status}`,
      retryAfterMs: null,
    });
  });

  it.each([301, 302, 303, 307, 308])(
    '%d is given up: no message follows a redirect to a stranger',
    async (status) => {
      const stranger = await receive(answering(200));
      const receiver = await receive(answering(status, { location: `${stranger.origin}/` }));
      expect(await sendTo(receiver)).toMatchObject({ kind: 'permanent' });
      expect(stranger.received).toEqual([]);
      expect(receiver.received).toHaveLength(1);
    },
  );

  it.each([
    ['120', 120_000],
    [' 7 ', 7_000],
    [new Date(Math.floor(NOW / 1_000) * 1_000 + 30_000).toUTCString(), 30_000 - (NOW % 1_000)],
    [new Date(0).toUTCString(), 0],
    ['soon', null],
  ])('says when to come back: %s', async (header, retryAfterMs) => {
    const receiver = await receive(answering(503, { 'retry-after': header }));
    expect(await sendTo(receiver)).toMatchObject({ kind: 'transient', retryAfterMs });
  });

  it('counts by its status, however long its body is', async () => {
    const receiver = await receive(answering(200, {}, 'x'.repeat(5_000_000)));
    expect(await sendTo(receiver)).toEqual({ kind: 'delivered' });
  });

  it('counts by its status when the body never ends', async () => {
    const receiver = await receive((_request, response) => {
      response.writeHead(200);
      response.write('{');
    });
    expect(await sendTo(receiver, { signal: AbortSignal.timeout(200) })).toEqual({ kind: 'delivered' });
  });

  it('counts by its status when the connection breaks in the middle of the body', async () => {
    const receiver = await receive((_request, response) => {
      response.writeHead(200, { 'content-length': '500' });
      response.write('{', () => response.destroy());
    });
    expect(await sendTo(receiver)).toEqual({ kind: 'delivered' });
  });
});

describe('no answer to a webhook message', () => {
  it('before the deadline is tried again', async () => {
    const receiver = await receive(() => undefined);
    expect(await sendTo(receiver, { signal: AbortSignal.timeout(100) })).toEqual({
      kind: 'transient',
      reason: 'no answer before the deadline',
      retryAfterMs: null,
    });
  });

  it('because the connection broke is tried again', async () => {
    const receiver = await receive((_request, response) => response.socket?.resetAndDestroy());
    const result = await sendTo(receiver);
    expect(result).toMatchObject({
      kind: 'transient',
      reason: expect.stringMatching(/^sending failed \(\w+\)$/),
    });
  });

  it('because what came was not HTTP is tried again', async () => {
    const receiver = await receive((_request, response) => response.socket?.end('SSH-2.0-x\r\n'));
    expect(await sendTo(receiver)).toMatchObject({
      kind: 'transient',
      reason: 'sending failed (HTTPParserError)',
    });
  });

  it('because nobody listens is tried again', async () => {
    expect(await sendTo('http://127.0.0.1:1/T0KEN')).toMatchObject({
      reason: 'sending failed (ECONNREFUSED)',
    });
  });
});

describe('a webhook that is configured wrongly', () => {
  it.each(['ftp://127.0.0.1/T0KEN', 'not a url T0KEN', '', 'file:///T0KEN', 'javascript:T0KEN'])(
    'with the url %p waits for a better config',
    async (url) => {
      expect(await sendTo(url)).toEqual({
        kind: 'transient',
        reason: 'the configured url is not http or https',
        retryAfterMs: null,
      });
    },
  );

  it.each(['not base64 at all!', 'whsec_', 'whsec_???', 'AAAA*AAA'])(
    'with the signing secret %p sends nothing',
    async (secret) => {
      const receiver = await receive(answering(200));
      const result = await sendTo(receiver, { settings: { signingSecret: new Secret(secret) } });
      expect(result).toMatchObject({ kind: 'transient', reason: expect.stringContaining('signingSecret') });
      expect(receiver.received).toEqual([]);
      expect(JSON.stringify(result).replace('(with or without whsec_)', '')).not.toContain(secret);
    },
  );

  it('with an odd url cannot have its reason show any part of it', async () => {
    for (const url of [
      'http://user:P4SS@127.0.0.1:1/T0KEN',
      'http://[::1]:1/T0KEN',
      'https://127.0.0.1:1/T0KEN?k=T0KEN',
    ]) {
      const text = JSON.stringify(await sendTo(url));
      expect(text).not.toMatch(/T0KEN|P4SS|127\.0\.0\.1|::1/);
    }
  });
});
