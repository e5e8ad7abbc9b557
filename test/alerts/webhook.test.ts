import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { Settings } from '../../src/alerts/channel-driver.ts';
import { webhookMessage } from '../../src/alerts/webhook/payload.ts';
import { sendWebhook } from '../../src/alerts/webhook/send.ts';
import type { SendResult } from '../../src/domain/channel.ts';
import { Secret } from '../../src/domain/secret.ts';
import { NOTIFICATION } from './notifications.ts';
import { answering, contextOf, type Receiver, receive } from './receiver.ts';

const PATH = '/hooks/T0KEN-IN-THE-PATH?key=K3Y';
const KEY = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const NOW = Date.now();

function sendTo(
  target: Receiver | string,
  more: { settings?: Settings; signal?: AbortSignal } = {},
): Promise<SendResult> {
  const url = new Secret(typeof target === 'string' ? target : `${target.origin}${PATH}`);
  const signal = more.signal ?? AbortSignal.timeout(20_000);
  return sendWebhook(NOTIFICATION, { url, ...more.settings }, contextOf({ now: NOW, signal }));
}

describe('a webhook message', () => {
  it('is the notification as JSON, posted once to the whole URL', async () => {
    const receiver = await receive(answering(204));
    expect(await sendTo(receiver)).toMatchObject({ kind: 'delivered' });
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
    expect(await sendTo(await receive(answering(status)))).toMatchObject({ kind: 'delivered' });
  });
});

describe('a webhook that is configured wrongly', () => {
  it.each([
    'ftp://127.0.0.1/T0KEN',
    'not a url T0KEN',
    '',
    'file:///T0KEN',
    'javascript:T0KEN',
    'http://soc.example/T0KEN',
  ])('with the url %p waits for a better config', async (url) => {
    expect(await sendTo(url)).toMatchObject({
      kind: 'transient',
      reason: 'the configured url must be an absolute https:// URL (plain http:// is for this machine only)',
      retryAfterMs: null,
    });
  });

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
