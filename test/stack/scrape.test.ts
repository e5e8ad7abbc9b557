import { afterEach, describe, expect, it } from '@jest/globals';
import { startSimulator } from '../../src/simulator/server.ts';
import { Cleanup, connections, eventually, QUICK_CHECKS } from '../e2e/world.ts';
import { makeConfigFolder } from '../helpers/config-file.ts';
import { startPrometheus } from '../helpers/prometheus.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

describe('a real Prometheus', () => {
  it('scrapes a running monitor and sees the state of each connection', async () => {
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
    const prometheus = cleanup.add(
      await startPrometheus(
        [
          'global: { scrape_interval: 1s, evaluation_interval: 1s }',
          `scrape_configs: [{ job_name: mimecast-monitor, static_configs: [{ targets: ['${new URL(monitor.url).host}'] }] }]`,
        ].join('\n'),
      ),
      (it) => it.stop(),
    );
    await eventually('it is healthy', async () => (await connections(monitor))[0]?.state === 'healthy');
    const [series] = await eventually('it was scraped', async () => {
      const found = await prometheus.query('mimecast_credential_state{state="healthy"}');
      return found.length > 0 && found;
    });
    expect(series?.metric).toMatchObject({ connection: 'acme-siem', gateway: gateway.origin });
  });
});
