import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { HttpBounds } from '../../src/http/bounds.ts';
import { connectionOf, recordOf } from '../helpers/fleet.ts';
import { memoryPorts } from '../helpers/http-ports.ts';
import { ask, serve } from './server-under-test.ts';

const ports = memoryPorts({ entries: [[connectionOf('acme'), recordOf()]] });
const GET_METRICS = 'GET /metrics HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n';

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** A client that does as it likes. Being hung up on is what it is there for. */
async function dial(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  sockets.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

async function hungUpOn(socket: Socket): Promise<string> {
  let answer = '';
  socket.on('data', (piece) => {
    answer += String(piece);
  });
  if (!socket.closed) await once(socket, 'close');
  return answer;
}

/** What is rendered without end; `ended` settles when it is let go of. */
function endless() {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  async function* renderMetrics() {
    try {
      for (;;) {
        await setImmediate();
        yield `${'x'.repeat(64 * 1_024)}\n`;
      }
    } finally {
      end();
    }
  }
  return { renderMetrics, ended };
}

function collecting(lines: string[]) {
  return pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
}

describe('a client that takes its time', () => {
  const quick: Partial<HttpBounds> = { headersMs: 400, requestMs: 600, lookEveryMs: 50 };

  it('with its headers, a byte now and then, is told so and hung up on', async () => {
    const { port } = await serve(ports, { bounds: quick });
    const socket = await dial(port);
    socket.write('GET / HTTP/1.1\r\nx-slow: ');
    const answered = hungUpOn(socket);
    while (!socket.destroyed && socket.writable) {
      socket.write('x');
      await setTimeout(20);
    }
    expect(await answered).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('with its body is told so and hung up on', async () => {
    const { port } = await serve(ports, { bounds: quick });
    const socket = await dial(port);
    const head = 'POST /api/v1/reload HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n';
    socket.write(`${head}content-length: 100\r\n\r\n{`);
    expect(await hungUpOn(socket)).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('and asks nothing at all is hung up on', async () => {
    const { port } = await serve(ports, { bounds: quick });
    expect(await hungUpOn(await dial(port))).toMatch(/^HTTP\/1\.1 408 /);
  });
});

describe('a reader of /metrics', () => {
  it('that takes a little now and then holds the fleet in memory no longer than it is given', async () => {
    const { renderMetrics, ended } = endless();
    const lines: string[] = [];
    const bounds = { answerMs: 600 };
    const { port } = await serve({ ...ports, renderMetrics }, { bounds, logger: collecting(lines) });
    const socket = await dial(port);
    socket.write(GET_METRICS);
    // Ever some, so that no silence is noticed, and never all.
    socket.on('readable', () => void socket.read(1));
    await ended;
    expect(lines.join('')).toContain('took its answer too slowly');
    expect(lines.join('')).toContain('"path":"/metrics"');
  });

  it('that takes nothing at all is hung up on sooner', async () => {
    const { renderMetrics, ended } = endless();
    const { port } = await serve({ ...ports, renderMetrics }, { bounds: { silenceMs: 400 } });
    const socket = await dial(port);
    socket.pause();
    socket.write(GET_METRICS);
    await ended;
  });

  it('is told to come again when there are too many, and served when one has gone', async () => {
    const { renderMetrics, ended } = endless();
    let first = true;
    const briefly = async function* () {
      yield 'up 1\n';
    };
    const render = () => {
      if (!first) return briefly();
      first = false;
      return renderMetrics();
    };
    const server = await serve({ ...ports, renderMetrics: render }, { bounds: { answersAtOnce: 1 } });
    const socket = await dial(server.port);
    socket.write(GET_METRICS);
    await once(socket, 'readable');
    const refused = await ask(server, '/api/v1/connections');
    expect(refused.status).toBe(503);
    expect(refused.headers['retry-after']).toBe('5');
    expect((await ask(server, '/healthz')).status).toBe(200);
    socket.destroy();
    await ended;
    let status = 0;
    while (status !== 200) ({ status } = await ask(server, '/metrics'));
  });
});

describe('a client that opens connection after connection', () => {
  it('is hung up on beyond the most there may be, and nobody else is for long', async () => {
    const server = await serve(ports, { bounds: { connections: 3 } });
    const held = [await dial(server.port), await dial(server.port), await dial(server.port)];
    expect(await hungUpOn(await dial(server.port))).toBe('');
    held[0]?.destroy();
    let status = 0;
    while (status !== 200) ({ status } = await ask(server, '/healthz').catch(() => ({ status: 0 })));
    expect(held[1]?.closed).toBe(false);
  });
});
