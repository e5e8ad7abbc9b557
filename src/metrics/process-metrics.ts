import { Gauge, type Registry } from 'prom-client';
import type { ProbeResult } from '../domain/classify-probe.ts';
import { createCheckMetrics, type MeasuredCheck } from './check-metrics.ts';
import { within } from './deadline.ts';
import { createNotificationMetrics, type NotificationResult } from './notification-metrics.ts';
import { createProbeMetrics } from './probe-metrics.ts';

/** What the measured process is and looks after. */
export interface ProcessInfo {
  readonly version: string;
  /** Gateway origins. */
  readonly gateways: readonly string[];
  /** Names of the channels. */
  readonly channels: readonly string[];
}

export interface QueueJobs {
  readonly queue: string;
  readonly state: string;
  readonly count: number;
}

export interface ProcessMetrics {
  checkFinished(check: MeasuredCheck): void;
  probeFinished(gateway: string, result: ProbeResult): void;
  /** `durationMs` is null where nothing was sent. */
  notification(channel: string, result: NotificationResult, durationMs: number | null): void;
  /** `hash` is hexadecimal, `at` epoch milliseconds. */
  configLoaded(hash: string, at: number): void;
  configRefused(): void;
  redisUp(up: boolean): void;
  /** From now on these gateways have series, from zero where they are new, and no others. */
  setGateways(gateways: readonly string[]): void;
  setChannels(channels: readonly string[]): void;
}

/** A Redis that hangs must not hang the scrape that would tell of it. */
const QUEUE_DEADLINE_MS = 2_000;

/** A double holds 53 bits exactly; 48 of them are twelve hexadecimal digits. */
const HASH_DIGITS = 12;

/**
 * The series of this process on `registry`. `queueJobs` is asked at each scrape; when it fails the queue series are
 * left out of that scrape, because an old number would be taken for a new one (`mimecast_monitor_redis_up` says why).
 */
export function createProcessMetrics(
  registry: Registry,
  info: ProcessInfo,
  queueJobs: () => Promise<readonly QueueJobs[]>,
): ProcessMetrics {
  const checks = createCheckMetrics(registry);
  const probes = createProbeMetrics(registry);
  const notifications = createNotificationMetrics(registry);
  const { lastReload, lastSuccess, configHash } = configMetrics(registry);
  const redisUp = gauge(
    registry,
    'mimecast_monitor_redis_up',
    'Whether Redis can be reached (1) or not (0).',
  );
  addQueueMetric(registry, queueJobs);
  addBuildInfo(registry, info.version);
  checks.keep(info.gateways);
  probes.keep(info.gateways);
  notifications.keep(info.channels);
  return {
    checkFinished: checks.finished,
    probeFinished: probes.finished,
    notification: notifications.finished,
    configLoaded(hash, at) {
      lastReload.set(1);
      lastSuccess.set(at / 1_000);
      configHash.set(Number.parseInt(hash.slice(0, HASH_DIGITS), 16));
    },
    configRefused: () => lastReload.set(0),
    redisUp: (up) => redisUp.set(up ? 1 : 0),
    setGateways(gateways) {
      checks.keep(gateways);
      probes.keep(gateways);
    },
    setChannels: notifications.keep,
  };
}

function configMetrics(registry: Registry) {
  return {
    lastReload: gauge(
      registry,
      'mimecast_monitor_config_last_reload_successful',
      'Whether the config was accepted when it was last read (1) or refused (0).',
    ),
    lastSuccess: gauge(
      registry,
      'mimecast_monitor_config_last_reload_success_timestamp_seconds',
      'When the config was last accepted.',
    ),
    configHash: gauge(
      registry,
      'mimecast_monitor_config_hash',
      'The first 48 bits of the hash of the running config; equal configs have equal hashes.',
    ),
  };
}

function addBuildInfo(registry: Registry, version: string): void {
  const info = new Gauge({
    name: 'mimecast_monitor_build_info',
    help: 'Always 1; says which version runs.',
    labelNames: ['version'],
    registers: [registry],
  });
  info.set({ version }, 1);
}

function addQueueMetric(registry: Registry, queueJobs: () => Promise<readonly QueueJobs[]>): void {
  new Gauge({
    name: 'mimecast_monitor_queue_jobs',
    help: 'Jobs in each queue by state. One of a -slots queue stands for all checks of a gateway that are due in the same 0.1 s.',
    labelNames: ['queue', 'state'],
    registers: [registry],
    async collect() {
      const jobs = await within(queueJobs(), QUEUE_DEADLINE_MS, 'counting jobs').catch(() => []);
      // Emptied only now, so that two scrapes at a time don't show each other an empty gauge.
      this.reset();
      for (const { queue, state, count } of jobs) this.set({ queue, state }, count);
    },
  });
}

function gauge(registry: Registry, name: string, help: string): Gauge {
  return new Gauge({ name, help, registers: [registry] });
}
