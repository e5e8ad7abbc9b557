import { describe, expect, it } from '@jest/globals';
import { ping } from '../../src/alerts/ping.ts';
import { Secret } from '../../src/domain/secret.ts';
import { answering, receive } from './receiver.ts';

const NO_URL = 'the configured url must be an absolute https:// URL (plain http:// is for this machine only)';
const NEVER = new AbortController().signal;

describe('ping', () => {
  it('sends one GET without a body', async () => {
    const receiver = await receive(answering(200, {}, 'OK'));
    const url = new Secret(`${receiver.origin}/ping/uuid?rid=1`);
    expect(await ping(url, 0, NEVER)).toMatchObject({ kind: 'delivered' });
    expect(receiver.received).toMatchObject([{ method: 'GET', url: '/ping/uuid?rid=1', body: '' }]);
  });

  it.each([
    [404, 'the receiver answered HTTP 404'],
    [500, 'the receiver answered HTTP 500'],
    [302, 'the receiver answered HTTP 302'],
  ])('tells of a %d, follows nothing, and shows no URL', async (status, reason) => {
    const receiver = await receive(answering(status, { location: '/elsewhere' }));
    const result = await ping(new Secret(`${receiver.origin}/very-secret`), 0, NEVER);
    expect(result).toMatchObject({ reason });
    expect(receiver.received).toHaveLength(1);
  });

  it('tells of a receiver that is gone, or of no URL, without showing it', async () => {
    const gone = await ping(new Secret('http://127.0.0.1:1/very-secret'), 0, NEVER);
    expect(gone).toMatchObject({ kind: 'transient', reason: 'sending failed (ECONNREFUSED)' });
    const none = await ping(new Secret('very-secret'), 0, NEVER);
    const wrong = { kind: 'permanent', failure: 'misconfigured', reason: NO_URL };
    expect(none).toMatchObject(wrong);
    const plain = await ping(new Secret('http://switch.example/very-secret'), 0, NEVER);
    expect(plain).toMatchObject(wrong);
  });

  it('ends when it is told to, whatever the receiver does', async () => {
    const ending = new AbortController();
    const receiver = await receive(() => ending.abort());
    const result = await ping(new Secret(receiver.origin), 0, ending.signal);
    expect(result).toMatchObject({ kind: 'transient', reason: 'no answer before the deadline' });
  });
});
