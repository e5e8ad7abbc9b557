import { afterEach, describe, expect, it } from '@jest/globals';
import { startSimulator } from '../../src/simulator/server.ts';
import { Cleanup, connections, eventually, QUICK_CHECKS } from '../e2e/world.ts';
import { makeConfigFolder } from '../helpers/config-file.ts';
import { startPrometheus } from '../helpers/prometheus.ts';
import { ALERTS, ROOT, read } from './rule-files.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

describe('a real Prometheus', () => {
  it('scrapes a running monitor as the README has it, and sees the state of each connection and every rule', async () => {
    const gateway = cleanup.add(
      await startSimulator({ keys: [{ clientId: 'acme-id', clientSecret: 'acme-secret' }] }),
      (it) => it.close(),
    );
    const config = cleanup.add(
      await makeConfigFolder({
        version: 1,
        checks: QUICK_CHECKS,
        connections: [
          { id: 'acme-siem', baseUrl: gateway.origin, clientId: 'acme-id', clientSecret: 'acme-secret' },
        ],
      }),
      (it) => it.remove(),
    );
    const monitor = await cleanup.start(['--config', config.path]);
    const shipped = read('config/prometheus/local.yml');
    expect(shipped).toContain('targets: [127.0.0.1:9464]');
    const prometheus = cleanup.add(
      await startPrometheus(
        shipped
          .replace('127.0.0.1:9464', new URL(monitor.url).host)
          .replaceAll(/^ {2}- (\w+\.rules\.yml)$/gm, `  - ${ROOT}config/prometheus/$1`),
      ),
      (it) => it.stop(),
    );
    await eventually('it is healthy', async () => (await connections(monitor))[0]?.state === 'healthy');
    const [series] = await eventually('it was scraped', async () => {
      const found = await prometheus.query('mimecast_credential_state{state="healthy"}');
      return found.length > 0 && found;
    });
    const alerts = (await prometheus.rules()).filter(({ type }) => type === 'alerting');
    expect(alerts).toHaveLength(ALERTS.length);
    expect(series?.metric).toMatchObject({ connection: 'acme-siem', gateway: gateway.origin });
  });
});
