import { connect, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { makeCertificate } from './certificate.ts';
import {
  closedPort,
  exchanger,
  PATIENT_MS,
  requestOf,
  sendToken,
  serve,
  serveTcp,
  serveTls,
} from './servers.ts';

type NetListener = (socket: Socket) => void;

const origin = (port: number) => `http://127.0.0.1:${port}`;

describe('the connections of an exchanger', () => {
  it('are kept and used again, one exchange after the other', async () => {
    const server = await serve(sendToken);
    const one = exchanger();
    for (let i = 0; i < 5; i++) {
      expect(await one.exchange(origin(server.port), requestOf(), PATIENT_MS)).toMatchObject({ status: 200 });
      // A socket is free again when undici's own turn is over; a check has Redis to wait for in between.
      await setImmediate();
    }
    expect(server.connections()).toBe(1);
  });

  it('are kept after a refusal too', async () => {
    const server = await serve((request, response) => {
      request.resume();
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end('{"fail":[{"code":"InvalidClientIdentifier"}]}');
    });
    const one = exchanger();
    for (let i = 0; i < 3; i++) {
      await one.exchange(origin(server.port), requestOf(), PATIENT_MS);
      await setImmediate();
    }
    expect(server.connections()).toBe(1);
  });

  it('are never more than allowed for one gateway', async () => {
    const server = await serve(sendToken);
    const one = exchanger({ connections: 2 });
    const all = Array.from({ length: 20 }, () => one.exchange(origin(server.port), requestOf(), PATIENT_MS));
    for (const outcome of await Promise.all(all)) expect(outcome).toMatchObject({ status: 200 });
    expect(server.connections()).toBe(2);
  });

  it('are separate for each gateway: one that hangs takes none from another', async () => {
    const hanging = await serve(() => undefined);
    const good = await serve(sendToken);
    const one = exchanger({ connections: 1 });
    const stuck = one.exchange(origin(hanging.port), requestOf(), 400);
    expect(await one.exchange(origin(good.port), requestOf(), PATIENT_MS)).toMatchObject({ status: 200 });
    expect(await stuck).toMatchObject({ verdict: 'timeout' });
  });

  it('are closed for gateways that are not kept, and made anew when one is used again', async () => {
    const server = await serve(sendToken);
    const one = exchanger();
    await one.exchange(origin(server.port), requestOf(), PATIENT_MS);
    await one.retain([origin(server.port), 'https://never.seen.example']);
    await setImmediate();
    await one.exchange(origin(server.port), requestOf(), PATIENT_MS);
    expect(server.connections()).toBe(1);
    await one.retain([]);
    await server.isLeft();
    expect(await one.exchange(origin(server.port), requestOf(), PATIENT_MS)).toMatchObject({ status: 200 });
    expect(server.connections()).toBe(2);
  });

  it('end what is in flight when the exchanger is closed, with an outcome', async () => {
    let arrived: () => void = () => undefined;
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const server = await serve(() => arrived());
    const one = exchanger();
    const flying = one.exchange(origin(server.port), requestOf(), PATIENT_MS);
    await arrival;
    await one.close();
    expect(await flying).toMatchObject({ kind: 'failure', verdict: 'network_error' });
  });
});

describe('a proxy', () => {
  /** A CONNECT proxy that notes where it was asked to go. */
  function proxy(): { listener: NetListener; asked: string[] } {
    const asked: string[] = [];
    const listener: NetListener = (client) => {
      client.once('data', (head) => {
        const target = /^CONNECT (\S+) /.exec(String(head))?.[1] ?? '';
        asked.push(target);
        const upstream = connect(Number(target.split(':')[1]), '127.0.0.1', () => {
          client.write('HTTP/1.1 200 Connection established\r\n\r\n');
          upstream.pipe(client).pipe(upstream);
        });
        upstream.on('error', () => client.destroy());
        client.once('close', () => upstream.destroy());
      });
    };
    return { listener, asked };
  }

  it('is asked for a tunnel, through which the certificate is still looked at', async () => {
    let reached = false;
    const server = await serveTls(makeCertificate({ subject: 'self', dnsNames: ['localhost'] }), () => {
      reached = true;
    });
    const { listener, asked } = proxy();
    const env = { HTTPS_PROXY: origin((await serveTcp(listener)).port) };
    const outcome = await exchanger({ env }).exchange(
      `https://localhost:${server.port}`,
      requestOf(),
      PATIENT_MS,
    );
    expect(asked).toEqual([`localhost:${server.port}`]);
    expect(outcome).toMatchObject({ verdict: 'tls_error', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(reached).toBe(false);
  });

  it('that does not exist is a network_error, not a crash', async () => {
    const one = exchanger({ env: { HTTP_PROXY: origin(await closedPort()) } });
    const outcome = await one.exchange('http://127.0.0.1:9', requestOf(), PATIENT_MS);
    expect(outcome).toMatchObject({ kind: 'failure', verdict: 'network_error' });
  });

  it('whose address is nonsense is a network_error, not a crash', async () => {
    const one = exchanger({ env: { HTTPS_PROXY: 'not a url', HTTP_PROXY: 'not a url' } });
    const outcome = await one.exchange('http://127.0.0.1:9', requestOf(), PATIENT_MS);
    expect(outcome).toMatchObject({ kind: 'failure', verdict: 'network_error' });
  });

  it('is passed by for hosts in NO_PROXY', async () => {
    const server = await serve(sendToken);
    const env = { http_proxy: origin(await closedPort()), no_proxy: '127.0.0.1' };
    const outcome = await exchanger({ env }).exchange(origin(server.port), requestOf(), PATIENT_MS);
    expect(outcome).toMatchObject({ status: 200 });
  });
});
