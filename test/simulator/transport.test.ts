import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { ask, askRaw, simulate } from './ask.ts';

describe('a behaviour below HTTP', () => {
  it('stalls: the request arrives and no byte comes back until the simulator is closed', async () => {
    const simulator = await simulate();
    simulator.setBehaviour('acme', { kind: 'stall' });
    const answer = askRaw(simulator, 'acme');
    await simulator.waitForExchanges('acme', 1);
    expect((await ask(simulator, 'globex')).status).toBe(200);
    await simulator.close();
    expect((await answer).bytes).toBe('');
  });

  it('drips a valid answer to its end', async () => {
    const simulator = await simulate();
    simulator.setBehaviour('acme', { kind: 'drip', intervalMs: 1 });
    const { status, text } = await ask(simulator, 'acme');
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ token_type: 'Bearer', expires_in: 1799 });
  });

  it('drips no more than the head while the interval lasts', async () => {
    const simulator = await simulate();
    simulator.setBehaviour('acme', { kind: 'drip', intervalMs: 3_600_000 });
    const answer = askRaw(simulator, 'acme');
    await simulator.waitForExchanges('acme', 1);
    await ask(simulator, 'globex');
    await simulator.close();
    expect((await answer).bytes).not.toContain('access_token');
  });

  it('answers late without holding up others, and keeps no timer for a client that is gone', async () => {
    const simulator = await simulate();
    simulator.setBehaviour('acme', { kind: 'latency', delayMs: 3_600_000, times: 1 });
    const late = askRaw(simulator, 'acme');
    await simulator.waitForExchanges('acme', 1);
    expect((await ask(simulator, 'acme')).status).toBe(200);
    await simulator.close();
    expect((await late).bytes).toBe('');
  });

  it('resets the connection', async () => {
    const simulator = await simulate();
    simulator.setBehaviour('acme', { kind: 'reset' });
    expect(await askRaw(simulator, 'acme')).toEqual({ bytes: '', errorCode: 'ECONNRESET' });
    await expect(ask(simulator, 'acme')).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('sends something that is not HTTP', async () => {
    const simulator = await simulate();
    simulator.setBehaviour('acme', { kind: 'garbage' });
    expect((await askRaw(simulator, 'acme')).bytes).toMatch(/^SSH-/);
    await expect(ask(simulator, 'acme')).rejects.toMatchObject({ name: 'HTTPParserError' });
  });

  it('sends a valid answer of exactly the length it was told', async () => {
    const simulator = await simulate();
    simulator.setBehaviour('acme', { kind: 'oversized', bytes: 300_000 });
    const { headers, text } = await ask(simulator, 'acme');
    expect(headers['content-length']).toBeUndefined();
    expect(text).toHaveLength(300_000);
    expect(JSON.parse(text)).toMatchObject({ access_token: expect.any(String) });
  });

  it('survives a client that stops reading an oversized answer', async () => {
    const simulator = await simulate();
    simulator.setBehaviour('acme', { kind: 'oversized' });
    await expect(ask(simulator, 'acme', undefined, { maxResponseSize: 65_536 })).rejects.toMatchObject({
      code: 'UND_ERR_RES_EXCEEDED_MAX_SIZE',
    });
    expect((await ask(simulator, 'globex')).status).toBe(200);
  });
});

describe('a client that misbehaves itself', () => {
  it.each([
    ['hangs up in the middle of its request', 'POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Le'],
    [
      'hangs up in the middle of its form',
      'POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 50\r\n\r\nclient_id=ac',
    ],
    ['does not speak HTTP', '\x16\x03\x01\x00\xa5\r\n\r\n'],
  ])('does no harm when it %s', async (_what, bytes) => {
    const simulator = await simulate();
    const { hostname, port } = new URL(simulator.origin);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.end(bytes, 'latin1');
    socket.resume();
    await once(socket, 'close');
    expect((await ask(simulator, 'acme')).status).toBe(200);
    expect(simulator.exchanges('acme')).toBe(1);
  });
});
