import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { registerHealth } from '../../src/cli/health.ts';
import { givenListen, reachable } from '../../src/cli/listen-address.ts';
import { Secret } from '../../src/domain/secret.ts';
import { memoryPorts } from '../helpers/http-ports.ts';
import { serve } from '../http/server-under-test.ts';
import { runCommand } from './command.ts';

const pem = (kind: string) =>
  fileURLToPath(new URL(`../http/fixtures/localhost-test-only.${kind}.pem`, import.meta.url));
const TLS = { certPath: pem('cert'), keyPath: pem('key') };
const ports = memoryPorts({ entries: [] });

describe('health', () => {
  it.each([
    ['http', { tls: null, role: 'all' }],
    ['https, whatever name its certificate has', { tls: TLS, role: 'all' }],
    ['http, a worker', { tls: null, role: 'worker' }],
  ] as const)('finds a monitor alive that speaks %s, without its token', async (_, settings) => {
    const { port } = await serve(ports, { token: new Secret('a-token'), ...settings });
    const env = { MIMECAST_MONITOR_LISTEN: `0.0.0.0:${port}` };
    expect(await runCommand(registerHealth, ['health'], env)).toEqual({ code: null, out: '', err: '' });
  });

  it('exits with 1 and one line where nothing answers', async () => {
    const { port, close } = await serve(ports);
    await close();
    expect(await runCommand(registerHealth, ['health', '--listen', `127.0.0.1:${port}`])).toEqual({
      code: 1,
      out: '',
      err: `mimecast-monitor: no monitor answers at 127.0.0.1:${port}\n`,
    });
  });
});

describe('where HTTP is served', () => {
  it('is what --listen says, else MIMECAST_MONITOR_LISTEN, else nothing but the config', () => {
    const env = { MIMECAST_MONITOR_LISTEN: '[::]:8443' };
    expect(givenListen('127.0.0.1:1', env)).toEqual({ host: '127.0.0.1', port: 1 });
    expect(givenListen(undefined, env)).toEqual({ host: '::', port: 8443 });
    expect(givenListen(undefined, { MIMECAST_MONITOR_LISTEN: '' })).toBeNull();
    expect(givenListen(undefined, {})).toBeNull();
  });

  it('is refused by the name of what is wrong', () => {
    expect(() => givenListen(undefined, { MIMECAST_MONITOR_LISTEN: '9464' })).toThrow(
      'MIMECAST_MONITOR_LISTEN 9464: write HOST:PORT',
    );
  });

  it.each([
    ['0.0.0.0', '127.0.0.1:9464'],
    ['::', '[::1]:9464'],
    ['::1', '[::1]:9464'],
    ['monitor.example', 'monitor.example:9464'],
  ])('%s is reached on the same machine at %s', (host, address) => {
    expect(reachable({ host, port: 9464 })).toBe(address);
  });
});
