import assert from 'node:assert/strict';
import { connect } from 'node:net';
import fc from 'fast-check';
import { pino } from 'pino';
import { Secret } from '../../../src/domain/secret.ts';
import { createHttpServer } from '../../../src/http/server.ts';
import { connectionOf, incidentOf, recordOf } from '../../helpers/fleet.ts';
import { memoryPorts } from '../../helpers/http-ports.ts';
import { hold } from '../hold.ts';
import { changed } from '../mutate.ts';
import { assertNoSecret, corpus, SECRET } from '../secret.ts';
import type { Target } from '../target.ts';

const acme = connectionOf('acme', { tenant: 'Acme Corp', labels: { tier: 'gold' } });
const globex = connectionOf('globex');
const PLENTY = { burst: 1e6, everyMs: 1 };
/** Ports are used up by connections that were closed a moment ago. */
const CASES_PER_SERVER = 5_000;

/** Bodies that are JSON, or would be, as large as may be sent. */
const bodies = fc
  .tuple(
    fc.constantFrom('/api/v1/silences', '/api/v1/reload'),
    fc.constantFrom('[', '{"a":', '{"match":', '{"labels":{', '"\\u0000', '1e', ' ', '{"__proto__":'),
    fc.integer({ min: 1, max: 9_000 }),
  )
  .map(([path, piece, times]) => {
    const body = piece.repeat(times);
    const head = [`POST ${path} HTTP/1.1`, 'host: 127.0.0.1', `authorization: Bearer ${SECRET}`];
    const about = ['content-type: application/json', `content-length: ${body.length}`, 'connection: close'];
    return Buffer.from([...head, ...about, '', body].join('\r\n'));
  });

const anything = fc.oneof(
  { weight: 20, arbitrary: changed(corpus('requests')) },
  { weight: 1, arbitrary: bodies },
);

/** Whatever is sent to the listening server is answered, by something else than a fault of the monitor. */
export const requests: Target = {
  name: 'requests',
  share: 4,
  async run({ cases, seed, begin }) {
    for (let done = 0; done < cases; done += CASES_PER_SERVER) {
      await askOneServer(Math.min(CASES_PER_SERVER, cases - done), seed + done, begin);
    }
  },
};

async function askOneServer(cases: number, seed: number, begin: () => void): Promise<void> {
  const log: string[] = [];
  const server = await createHttpServer({
    listen: { host: '127.0.0.1', port: 0 },
    token: new Secret(SECRET),
    allowUnauthenticated: false,
    tls: null,
    logger: pino({ level: 'trace' }, { write: (line: string) => void log.push(line) }),
    role: 'all',
    ports: memoryPorts({
      entries: [
        [acme, recordOf()],
        [globex, recordOf({ state: 'revoked', rejections: 3, lastVerdict: 'rejected' })],
      ],
      open: [incidentOf(globex)],
    }),
    // One client sends it all.
    bounds: { wrongTokens: PLENTY, changes: PLENTY },
  });
  try {
    const property = fc.asyncProperty(anything, async (bytes) => {
      begin();
      answered(await exchange(server.port, bytes));
      const lines = log.splice(0).join('');
      assertNoSecret(lines, 'by the log');
      assert.doesNotMatch(lines, /could not be answered/, `a fault: ${lines}`);
    });
    await hold(property, { cases, seed });
  } finally {
    await server.close();
  }
}

/** Sends the bytes and nothing more, and collects what comes back until the server hangs up. */
function exchange(port: number, bytes: Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('data', (piece) => pieces.push(piece));
    socket.on('close', () => resolve(Buffer.concat(pieces).toString('latin1')));
    // The server may hang up while it is still being sent to.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') reject(error);
    });
    socket.end(bytes);
  });
}

function answered(answer: string): void {
  assertNoSecret(answer, 'by an answer');
  for (const [, status] of answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)) {
    assert.ok(Number(status) < 500, `status ${status}: ${answer.slice(0, 600)}`);
  }
  assert.doesNotMatch(answer, /\n\s+at .+:\d+:\d+|node_modules|file:\/\//, 'a stack trace');
}
