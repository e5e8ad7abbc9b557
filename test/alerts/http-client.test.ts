import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createHttpClient, type HttpClient } from '../../src/alerts/http-client.ts';
import { makeCertificate } from '../mimecast/certificate.ts';
import { closedPort, serveTcp, serveTls } from '../mimecast/servers.ts';
import { answering, receive } from './receiver.ts';

const clients: HttpClient[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

function client(env: Readonly<Record<string, string | undefined>> = {}): HttpClient {
  const made = createHttpClient(env);
  clients.push(made);
  return made;
}

const MESSAGE = { headers: { 'content-type': 'application/json' }, body: '{}' };
const patient = () => AbortSignal.timeout(20_000);

/** A CONNECT proxy that notes where it was asked to go. */
async function proxy(): Promise<{ origin: string; asked: string[] }> {
  const asked: string[] = [];
  const { port } = await serveTcp((socket) => {
    socket.once('data', (head) => {
      const target = /^CONNECT (\S+) /.exec(String(head))?.[1] ?? '';
      asked.push(target);
      const upstream = connect(Number(target.split(':')[1]), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      upstream.on('error', () => socket.destroy());
      socket.once('close', () => upstream.destroy());
    });
  });
  return { origin: `http://127.0.0.1:${port}`, asked };
}

describe('the client of the channels', () => {
  it('sends a name and password of the URL as Basic credentials', async () => {
    const receiver = await receive(answering(200));
    const url = new URL(`${receiver.origin.replace('//', '//us%40er:p%3Aw%zz@')}/x`);
    await client().post(url, MESSAGE, patient());
    expect(receiver.received[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from('us@er:p%3Aw%zz').toString('base64')}`,
    );
    expect(receiver.received[0]?.headers.host).toBe(new URL(receiver.origin).host);
  });

  it('says who it is', async () => {
    const receiver = await receive(answering(200));
    await client().post(new URL(receiver.origin), MESSAGE, patient());
    expect(receiver.received[0]?.headers).toMatchObject({ 'user-agent': 'mimecast-credential-monitor' });
    expect(receiver.received[0]?.headers).not.toHaveProperty('authorization');
  });

  it('works again after it was closed', async () => {
    const receiver = await receive(answering(200));
    const one = client();
    await one.close();
    expect(await one.post(new URL(receiver.origin), MESSAGE, patient())).toMatchObject({ status: 200 });
  });
});

describe('a proxy of the environment', () => {
  it('is asked for a tunnel, through which the certificate is still looked at', async () => {
    const certificate = makeCertificate({ subject: 'self', dnsNames: ['localhost'] });
    const server = await serveTls(certificate, (_request, response) => response.end());
    const { origin, asked } = await proxy();
    const sent = client({ HTTPS_PROXY: origin }).post(
      new URL(`https://localhost:${server.port}/`),
      MESSAGE,
      patient(),
    );
    await expect(sent).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(asked).toEqual([`localhost:${server.port}`]);
  });

  it('is passed by for hosts in NO_PROXY', async () => {
    const receiver = await receive(answering(200));
    const env = { http_proxy: `http://127.0.0.1:${await closedPort()}`, no_proxy: '127.0.0.1' };
    const answer = await client(env).post(new URL(receiver.origin), MESSAGE, patient());
    expect(answer).toMatchObject({ status: 200 });
  });

  it('whose address is nonsense fails a message and nothing else', async () => {
    const sent = client({ HTTPS_PROXY: 'not a url' }).post(
      new URL('https://localhost:9'),
      MESSAGE,
      patient(),
    );
    await expect(sent).rejects.toMatchObject({ code: 'ERR_INVALID_URL' });
  });
});
