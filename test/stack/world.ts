import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { type Alertmanager, startAlertmanager } from '../helpers/alertmanager.ts';
import { type Prometheus, startPrometheus } from '../helpers/prometheus.ts';
import { RULES, read } from './rule-files.ts';

/** What a receiver of the shipped Alertmanager config was sent about one alert. */
export interface Delivered {
  readonly receiver: string;
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * The shipped rules with their times made short, so that each alert can be watched as it comes and goes: what takes
 * minutes takes seconds, and the two thresholds that only a big fleet reaches are lowered. `promtool test rules` has
 * the rules as they are.
 */
export function shortened(rules: string): string {
  const windows: readonly (readonly [RegExp, string])[] = [
    [/^(\s*(?:for|keep_firing_for):) \d+m$/gm, '$1 2s'],
    [/\[10m\]/g, '[15s]'],
    [/\[20m\]/g, '[40s]'],
    [/\[30m\]/g, '[1m]'],
    [/\[1h\]/g, '[30s]'],
    [/offset 15m/g, 'offset 5s'],
    [/offset 1h/g, 'offset 30s'],
    [/time\(\) - process_start_time_seconds < 3600/g, 'time() - process_start_time_seconds < 30'],
    [/\) > 60$/gm, ') > 2'],
    [/:sum > 100$/gm, ':sum > 10'],
  ];
  return windows.reduce((text, [pattern, short]) => text.replaceAll(pattern, short), rules);
}

interface PrometheusConfig {
  global: Record<string, unknown>;
  rule_files: string[];
  alerting: { alertmanagers: unknown };
  scrape_configs: Record<string, unknown>[];
}

/** Where Prometheus looks for the processes of one monitor; they can be changed while it runs. */
export class Targets {
  readonly job: string;
  readonly path: string;

  constructor(folder: string, job: string) {
    this.job = job;
    this.path = join(folder, `${job}.json`);
  }

  async set(...urls: readonly string[]): Promise<void> {
    const aside = `${this.path}.next`;
    await writeFile(aside, JSON.stringify([{ targets: urls.map((url) => new URL(url).host) }]));
    // Prometheus reads it at any instant, and must not find half of it.
    await rename(aside, this.path);
  }
}

export interface Watchers {
  readonly prometheus: Prometheus;
  readonly alertmanager: Alertmanager;
  readonly delivered: readonly Delivered[];
  readonly main: Targets;
  /** A second monitor, as far as Prometheus can tell. */
  readonly eu: Targets;
  stop(): Promise<void>;
}

/** The shipped Prometheus and Alertmanager configs at work, with addresses of this machine and with short times. */
export async function startWatchers(token: string): Promise<Watchers> {
  const folder = await mkdtemp(join(tmpdir(), 'mcm-stack-'));
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, token);
  const main = new Targets(folder, 'mimecast-monitor');
  const eu = new Targets(folder, 'mimecast-monitor-eu');
  await Promise.all([main.set(), eu.set()]);
  const sink = await startSink();
  const alertmanager = await startAlertmanager(alertmanagerConfig(sink.url));
  const ruleFiles = await Promise.all(
    RULES.map(async (path, index) => {
      const file = join(folder, `${index}.rules.yml`);
      await writeFile(file, shortened(read(path)));
      return file;
    }),
  );
  const config = parse(read('config/prometheus/prometheus.yml')) as PrometheusConfig;
  const [scrape = {}] = config.scrape_configs;
  Object.assign(config.global, { scrape_interval: '3s', scrape_timeout: '3s', evaluation_interval: '1s' });
  config.rule_files = ruleFiles;
  config.alerting.alertmanagers = [{ static_configs: [{ targets: [new URL(alertmanager.url).host] }] }];
  config.scrape_configs = [main, eu].map(({ job, path }) => ({
    job_name: job,
    authorization: { ...(scrape['authorization'] as object), credentials_file: tokenFile },
    file_sd_configs: [{ files: [path], refresh_interval: '1s' }],
  }));
  const prometheus = await startPrometheus(stringify(config));
  return {
    prometheus,
    alertmanager,
    delivered: sink.delivered,
    main,
    eu,
    async stop() {
      await Promise.all([prometheus.stop(), alertmanager.stop()]);
      await sink.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Every receiver of the shipped config tells the sink, and nobody waits for company. */
function alertmanagerConfig(sink: string): string {
  const config = parse(read('config/alertmanager/alertmanager.yml')) as { receivers: { name: string }[] };
  config.receivers = config.receivers.map(({ name }) => ({
    name,
    webhook_configs: [{ url: `${sink}/${name}`, send_resolved: true }],
  }));
  return stringify(config).replaceAll(/(group_wait|group_interval): \w+/g, '$1: 1s');
}

async function startSink(): Promise<{
  url: string;
  delivered: readonly Delivered[];
  close(): Promise<void>;
}> {
  const delivered: Delivered[] = [];
  const server = createHttpServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const { alerts } = JSON.parse(body) as { alerts: Omit<Delivered, 'receiver'>[] };
      const receiver = (request.url ?? '').slice(1);
      delivered.push(...alerts.map(({ status, labels }) => ({ receiver, status, labels })));
      response.writeHead(200).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    delivered,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A way to a Redis that can be cut, so that one process loses it and the others don't. */
export interface Bridge {
  readonly url: string;
  cut(): Promise<void>;
  mend(): Promise<void>;
}

export async function startBridge(socketPath: string): Promise<Bridge> {
  const open = new Set<Socket>();
  let server: Server = await listen(0);
  const { port } = server.address() as AddressInfo;

  async function listen(on: number): Promise<Server> {
    const made = createServer((socket) => {
      const onward = connect({ path: socketPath });
      for (const [one, other] of [
        [socket, onward],
        [onward, socket],
      ] as const) {
        open.add(one);
        one.pipe(other);
        one.on('error', () => other.destroy());
        one.on('close', () => {
          open.delete(one);
          other.destroy();
        });
      }
    });
    made.listen(on, '127.0.0.1');
    await once(made, 'listening');
    return made;
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    async cut() {
      server.close();
      for (const socket of open) socket.destroy();
      if (server.listening) await once(server, 'close');
    },
    async mend() {
      server = await listen(port);
    },
  };
}
