import { connect } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { request } from 'undici';
import { wantsGzip } from '../../src/http/streaming.ts';
import { connectionOf, recordOf } from '../helpers/fleet.ts';
import { memoryPorts } from '../helpers/http-ports.ts';
import { ask, serve } from './server-under-test.ts';

const ports = memoryPorts({ entries: [[connectionOf('acme'), recordOf()]] });
const UP = '# HELP up Is up.\n# TYPE up gauge\nup 1\n';
const PIECE = `${'x'.repeat(64 * 1_024)}\n`;

describe('GET /metrics', () => {
  it('answers in the text format, under headers that let nobody else use it', async () => {
    const answer = await ask(await serve(ports), '/metrics');
    expect(answer.text).toBe(UP);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      vary: 'accept-encoding',
    });
  });

  it('packs the answer when asked', async () => {
    const { url } = await serve(ports);
    const headers = { 'accept-encoding': 'gzip, deflate' };
    const answer = await request(`${url}/metrics`, { headers, reset: true });
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(Buffer.from(await answer.body.arrayBuffer())).toString()).toBe(UP);
  });

  it.each([
    ['gzip', true],
    ['deflate, GZIP;q=0.5', true],
    ['gzip;q=0', false],
    ['gzip; q=0.00', false],
    ['x-gzip', false],
    ['*', false],
    [undefined, false],
  ])('reads accept-encoding: %s', (header, expected) => {
    expect(wantsGzip(header)).toBe(expected);
  });

  it('renders nothing for HEAD', async () => {
    let rendered = false;
    const renderMetrics = async function* () {
      rendered = true;
      yield UP;
    };
    const answer = await ask(await serve({ ...ports, renderMetrics }), '/metrics', { method: 'HEAD' });
    expect(answer.status).toBe(200);
    expect(answer.text).toBe('');
    expect(rendered).toBe(false);
  });

  it('answers several scrapes at a time', async () => {
    const renderMetrics = async function* () {
      for (let piece = 0; piece < 20; piece++) {
        await setImmediate();
        yield PIECE;
      }
    };
    const server = await serve({ ...ports, renderMetrics });
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(server, '/metrics')));
    expect(answers.map(({ text }) => text.length)).toEqual(Array(8).fill(20 * PIECE.length));
  });

  it('breaks the connection off when rendering fails half-way, so that nobody takes the half for the whole', async () => {
    const renderMetrics = async function* () {
      yield UP;
      await setImmediate();
      throw new Error('a fault inside');
    };
    await expect(ask(await serve({ ...ports, renderMetrics }), '/metrics')).rejects.toThrow();
  });

  it('is an error when rendering fails at once', async () => {
    const renderMetrics = async function* () {
      await Promise.reject(new Error('a fault inside'));
      yield UP;
    };
    expect((await ask(await serve({ ...ports, renderMetrics }), '/metrics')).status).toBe(500);
  });

  it.each([{}, { 'accept-encoding': 'gzip' }])(
    'renders no faster than the client takes it, and stops when the client goes (%j)',
    async (headers) => {
      const pieces = endlessPieces();
      const { port } = await serve({ ...ports, renderMetrics: pieces.render });
      const socket = connect({ host: '127.0.0.1', port });
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.write(`GET /metrics HTTP/1.1\r\nhost: 127.0.0.1\r\n${lines.join('')}\r\n`);
      await new Promise((resolve) => socket.once('readable', resolve));
      // The client takes nothing: the kernel's buffers fill up, and then no further piece is asked for.
      let before = -1;
      for (let quiet = 0; quiet < 200; quiet++) {
        if (pieces.made() !== before) quiet = 0;
        before = pieces.made();
        await setImmediate();
      }
      socket.destroy();
      await pieces.ended;
    },
  );
});

/** Pieces that are hard to pack, without end. */
function endlessPieces() {
  let made = 0;
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return {
    made: () => made,
    ended,
    async *render() {
      try {
        for (;;) {
          await setImmediate();
          made += 1;
          yield Array.from({ length: 8_192 }, (_, index) =>
            ((index * made * 2_654_435_761) >>> 0).toString(36),
          ).join('');
        }
      } finally {
        end();
      }
    },
  };
}
