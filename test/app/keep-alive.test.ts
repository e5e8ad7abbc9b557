import { EventEmitter, once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startKeepAlive } from '../../src/app/keep-alive.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { heardKey, KEYS } from '../../src/store/keys.ts';
import { connectionOf, incidentOf } from '../helpers/fleet.ts';
import { configOf, processOf, type TestProcess } from '../helpers/parts.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';

let server: TestRedis;
let receiver: Server;
let monitor: TestProcess;
let keepAlive: { stop(): Promise<void> } | null = null;
const posted = new EventEmitter();
const incidents: string[] = [];
let answer = 200;

beforeEach(async () => {
  incidents.length = 0;
  answer = 200;
  server = await startTestRedis();
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      incidents.push(String(JSON.parse(body)[0].labels.incident));
      response.writeHead(answer).end();
      posted.emit('alert');
    });
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const channels = { am: { type: 'alertmanager', url }, console: { type: 'log' } };
  monitor = await processOf(server, await configOf({ alerts: { channels }, connections: [] }));
});

afterEach(async () => {
  await keepAlive?.stop();
  keepAlive = null;
  await monitor.close();
  receiver.closeAllConnections();
  receiver.close();
  await server.stop();
});

const told = (id: string, more: Partial<Incident> = {}): Incident => ({
  ...incidentOf(connectionOf('globex')),
  id,
  audiences: [{ channels: ['am', 'console'], total: 1, ids: ['globex'], tenant: 'globex' }],
  ...more,
});

async function store(incident: Incident, heard: boolean): Promise<void> {
  const redis = server.client();
  await redis.hset(KEYS.incidents, incident.id, JSON.stringify(incident));
  if (heard) await redis.sadd(heardKey('am'), incident.id);
}

function start(isKeeper = () => true): void {
  keepAlive = startKeepAlive({ parts: monitor.parts, isKeeper, everyMs: 50 });
}

describe('an open incident', () => {
  it('is told again and again to a receiver that forgets, until it is over', async () => {
    await store(told('e1-a-1'), true);
    start();
    for (let time = 0; time < 3; time++) await once(posted, 'alert');
    expect(new Set(incidents)).toEqual(new Set(['e1-a-1']));

    await server.client().hdel(KEYS.incidents, 'e1-a-1');
    await store(told('e1-b-2'), true);
    while (incidents.at(-1) !== 'e1-b-2') await once(posted, 'alert');
    const from = incidents.length;
    await once(posted, 'alert');
    expect(incidents.slice(from)).toEqual(['e1-b-2']);
  });

  it('is not repeated to who has not heard of it, or has heard that it is over', async () => {
    await store(told('e1-unheard-1'), false);
    await store(told('e1-other-2', { audiences: [] }), true);
    await store(told('e1-over-3', { resolvedAt: Date.now(), resolution: 'recovered' }), true);
    await store(told('e1-open-4'), true);
    start();
    for (let time = 0; time < 3; time++) await once(posted, 'alert');
    expect(new Set(incidents)).toEqual(new Set(['e1-open-4']));
  });

  it('is told of once in a while when the receiver does not take it, and tried again', async () => {
    await store(told('e1-a-1'), true);
    await store(told('e1-b-2'), true);
    answer = 503;
    start();
    await monitor.waitFor(({ msg }) => msg === 'an open incident could not be repeated to am');
    for (let time = 0; time < 3; time++) await once(posted, 'alert');
    const lines = monitor.lines.filter(({ msg }) => msg === 'an open incident could not be repeated to am');
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toContain('127.0.0.1');
    answer = 200;
    while (new Set(incidents.slice(-2)).size < 2) await once(posted, 'alert');
  });

  it('is repeated by the keeper alone', async () => {
    await store(told('e1-a-1'), true);
    let asked = 0;
    const asking = new Promise<void>((resolve) => {
      start(() => {
        asked += 1;
        if (asked === 3) resolve();
        return false;
      });
    });
    await asking;
    expect(incidents).toEqual([]);
  });
});
