import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Verdict } from '../../src/domain/verdict.ts';
import { Cleanup, eventually, isAlive } from '../e2e/world.ts';
import {
  allGet,
  getsVerdict,
  isBackAt,
  type Level,
  levelOf,
  type NetworkScene,
  neighbourGoesOn,
  peakOf,
  provesNothing,
  setNetworkScene,
  toldNothingFalse,
  verdictsOf,
} from './network.ts';
import { type RawGateway, type Speak, startRawGateway } from './raw-gateway.ts';

const GIBIBYTE = 2 ** 30;

const announced = (length: number) =>
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;
const IN_CHUNKS = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n';

/** Says a text a byte at a time, until nobody listens. */
function drip(text: string): Speak {
  return (socket) => {
    let at = 0;
    const timer = setInterval(() => {
      socket.write(text.charAt(at % text.length));
      at += 1;
    }, 1_000);
    socket.once('close', () => clearInterval(timer));
  };
}

/** Begins, and goes on with the same text as fast as it is taken, up to so many bytes. */
function flood(begin: string, text: string, bytes = Number.POSITIVE_INFINITY): Speak {
  return (socket) => {
    const chunk = Buffer.from(text.repeat(Math.ceil(65_536 / text.length)));
    let sent = 0;
    const pump = () => {
      while (sent < bytes && !socket.destroyed) {
        sent += chunk.length;
        if (!socket.write(chunk)) return;
      }
    };
    socket.write(begin);
    socket.on('drain', pump);
    pump();
  };
}

/** The same, now and then. */
function trickle(begin: string, text: string): Speak {
  return (socket) => {
    socket.write(begin);
    const timer = setInterval(() => socket.write(text), 20);
    socket.once('close', () => clearInterval(timer));
  };
}

const HALF = '{"access_token":"RPjLow4SKlsP';

const FAULTS: readonly (readonly [what: string, verdict: Verdict, speak: Speak])[] = [
  [
    'drips its body, a byte a second',
    'timeout',
    (socket) => {
      socket.write(announced(90));
      drip(HALF)(socket);
    },
  ],
  ['drips its headers, a byte a second', 'timeout', drip(announced(90))],
  ['never answers', 'timeout', () => undefined],
  ['sends 1 GB, as announced', 'unexpected_response', flood(announced(GIBIBYTE), '{"a":1},', GIBIBYTE)],
  ['sends 1 GB in chunks', 'unexpected_response', flood(IN_CHUNKS, '10\r\n0123456789abcdef\r\n', GIBIBYTE)],
  ['sends 1 GB of one header', 'network_error', flood('HTTP/1.1 200 OK\r\nx-long: ', 'x', GIBIBYTE)],
  ['sends headers for ever', 'network_error', flood('HTTP/1.1 200 OK\r\n', 'x-more: 1\r\n')],
  ['sends headers for ever, slowly', 'timeout', trickle('HTTP/1.1 200 OK\r\n', 'x-more: 1\r\n')],
  ['announces its answer for ever', 'timeout', flood('', 'HTTP/1.1 103 Early Hints\r\n\r\n')],
  ['sends trailers for ever', 'network_error', flood(`${IN_CHUNKS}0\r\n`, 'x-more: 1\r\n')],
  ['sends an empty body in chunks that do not end', 'timeout', trickle(IN_CHUNKS, '')],
  ['closes half-way', 'network_error', (socket) => socket.end(announced(90) + HALF)],
  ['closes half-way in a chunk', 'network_error', (socket) => socket.end(`${IN_CHUNKS}5a\r\n${HALF}`)],
  [
    'closes half-way, with no length told',
    'unexpected_response',
    (socket) =>
      socket.end(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n${HALF}`),
  ],
  ['closes in its headers', 'network_error', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-')],
  [
    'resets half-way',
    'network_error',
    (socket) => {
      socket.write(announced(90) + HALF, () => socket.resetAndDestroy());
    },
  ],
  ['closes without a word', 'network_error', (socket) => socket.end()],
  ['ends its chunks with nonsense', 'network_error', (socket) => socket.write(`${IN_CHUNKS}zz\r\n`)],
];

const cleanup = new Cleanup();
const gateways: RawGateway[] = [];
const idOf = (index: number) => `acme-${index}`;
const each = (verdict: (index: number) => Verdict): Record<string, Verdict> =>
  Object.fromEntries(FAULTS.map((_, index) => [idOf(index), verdict(index)]));
let scene: NetworkScene;
let before: Level;
let peak: number;

beforeAll(async () => {
  for (const _ of FAULTS) gateways.push(cleanup.add(await startRawGateway(), (it) => it.close()));
  const named = gateways.map(({ port }, index) => [idOf(index), `http://127.0.0.1:${port}`] as const);
  scene = await setNetworkScene(cleanup, { gateways: Object.fromEntries(named) });
  const { monitor } = scene;
  await allGet(
    monitor,
    each(() => 'valid'),
  );
  before = levelOf(monitor.pid);
  peak = peakOf(monitor.pid);
});
afterAll(() => cleanup.run());
afterEach(() => expect(isAlive(scene.monitor.pid)).toBe(true));

describe('a gateway that', () => {
  it.each(FAULTS.map(([what, verdict, speak], index) => [what, verdict, speak, index] as const))(
    '%s is %s: it says nothing of the keys, and is believed again afterwards',
    async (_what, verdict, speak, index) => {
      const gateway = gateways[index];
      if (!gateway) throw new Error('there is a gateway for each fault');
      const { monitor } = scene;
      gateway.answer(speak);
      await getsVerdict(monitor, idOf(index), verdict);
      await provesNothing(scene, idOf(index));

      gateway.answer(null);
      const after = await getsVerdict(monitor, idOf(index), 'valid');
      expect(after.lastSuccessAt).toBe(after.lastCheckAt);
      const verdicts = await verdictsOf(monitor, `http://127.0.0.1:${gateway.port}`);
      expect(verdicts).toEqual([verdict, 'valid'].sort());
      // Whatever it still says, it says to nobody. A check of the schedule and one that was asked for may have met, and
      // each have its connection, which is kept for a while.
      await eventually('no connection is left but those in use', () => gateway.connections() <= 2);
    },
  );
});

describe('all of these together', () => {
  it('cost neither memory nor descriptors that are not given back, and are told to nobody', async () => {
    const { monitor } = scene;
    for (const [index, gateway] of gateways.entries()) gateway.answer(FAULTS[index]?.[2] ?? null);
    await allGet(
      monitor,
      each((index) => FAULTS[index]?.[1] ?? 'valid'),
    );
    for (const [index] of FAULTS.entries()) await provesNothing(scene, idOf(index));
    await neighbourGoesOn(scene);
    for (const gateway of gateways) gateway.answer(null);
    await allGet(
      monitor,
      each(() => 'valid'),
    );
    await isBackAt(monitor.pid, before, FAULTS.length);
    // Several gibibytes were on offer.
    expect(peakOf(monitor.pid)).toBeLessThan(peak + 150);
    toldNothingFalse(scene);
  });
});
