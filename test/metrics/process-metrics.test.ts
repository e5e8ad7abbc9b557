import { beforeEach, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { PROBE_RESULTS } from '../../src/domain/classify-probe.ts';
import { VERDICTS } from '../../src/domain/verdict.ts';
import { registerNodeMetrics } from '../../src/metrics/node-metrics.ts';
import { NOTIFICATION_RESULTS } from '../../src/metrics/notification-metrics.ts';
import {
  createProcessMetrics,
  type ProcessMetrics,
  type QueueJobs,
} from '../../src/metrics/process-metrics.ts';
import { UK, US } from '../helpers/fleet.ts';
import { parseMetrics, type Sample } from '../helpers/text-format.ts';

let registry: Registry;
let metrics: ProcessMetrics;
let queueJobs: () => Promise<readonly QueueJobs[]>;

beforeEach(() => {
  registry = new Registry();
  queueJobs = async () => [];
  const info = { version: '1.2.3', gateways: [US], channels: ['soc'] };
  metrics = createProcessMetrics(registry, info, () => queueJobs());
});

async function samples(name: string): Promise<Sample[]> {
  return parseMetrics(await registry.metrics()).filter((sample) => sample.name === name);
}

async function readValue(name: string, labels: Record<string, string> = {}): Promise<number | undefined> {
  const wanted = Object.entries(labels);
  return (await samples(name)).find((sample) => wanted.every(([key, value]) => sample.labels[key] === value))
    ?.value;
}

describe('the process metrics', () => {
  it('have every series of a closed label set at zero from the start', async () => {
    const checks = await samples('mimecast_checks_total');
    expect(checks.map(({ labels }) => labels['verdict'])).toEqual([...VERDICTS]);
    const results = await samples('mimecast_notifications_total');
    expect(results.map(({ labels }) => labels['result'])).toEqual([...NOTIFICATION_RESULTS]);
    const probes = await samples('mimecast_probes_total');
    expect(probes.map(({ labels }) => labels['result'])).toEqual([...PROBE_RESULTS]);
    const counts = [
      ...checks,
      ...probes,
      ...results,
      ...(await samples('mimecast_check_duration_seconds_count')),
      ...(await samples('mimecast_check_lateness_seconds_count')),
      ...(await samples('mimecast_notification_duration_seconds_count')),
    ];
    expect(counts).toHaveLength(VERDICTS.length + PROBE_RESULTS.length + NOTIFICATION_RESULTS.length + 3);
    expect(counts.every(({ value }) => value === 0)).toBe(true);
  });

  it('count a check by gateway and verdict, and measure it in seconds', async () => {
    metrics.checkFinished({ gateway: US, verdict: 'rejected', durationMs: 200, latenessMs: 1_500 });
    expect(await readValue('mimecast_checks_total', { gateway: US, verdict: 'rejected' })).toBe(1);
    expect(await readValue('mimecast_check_duration_seconds_sum', { gateway: US })).toBe(0.2);
    expect(await readValue('mimecast_check_lateness_seconds_sum', { gateway: US })).toBe(1.5);
  });

  it('count a probe by gateway and result, of configured gateways only', async () => {
    metrics.probeFinished(US, 'denied');
    metrics.probeFinished(UK, 'denied');
    metrics.setGateways([US, UK]);
    expect(await readValue('mimecast_probes_total', { gateway: US, result: 'denied' })).toBe(1);
    expect(await readValue('mimecast_probes_total', { gateway: UK, result: 'denied' })).toBe(0);
    metrics.setGateways([US]);
    expect(await readValue('mimecast_probes_total', { gateway: UK, result: 'denied' })).toBeUndefined();
  });

  it('count a notification, and measure only those that were sent', async () => {
    metrics.notification('soc', 'delivered', 250);
    metrics.notification('soc', 'superseded', null);
    expect(await readValue('mimecast_notifications_total', { channel: 'soc', result: 'delivered' })).toBe(1);
    expect(await readValue('mimecast_notifications_total', { channel: 'soc', result: 'superseded' })).toBe(1);
    expect(await readValue('mimecast_notification_duration_seconds_count', { channel: 'soc' })).toBe(1);
  });

  it('follow the configured gateways: new ones from zero, kept ones as they were, removed ones gone', async () => {
    metrics.checkFinished({ gateway: US, verdict: 'valid', durationMs: 1, latenessMs: 1 });
    metrics.setGateways([US, UK]);
    expect(await readValue('mimecast_checks_total', { gateway: US, verdict: 'valid' })).toBe(1);
    expect(await readValue('mimecast_checks_total', { gateway: UK, verdict: 'valid' })).toBe(0);
    metrics.setGateways([UK]);
    metrics.checkFinished({ gateway: US, verdict: 'valid', durationMs: 1, latenessMs: 1 });
    expect(await registry.metrics()).not.toContain(US);
  });

  it('follow the configured channels', async () => {
    metrics.setChannels(['pager']);
    metrics.notification('soc', 'delivered', 1);
    const channels = (await samples('mimecast_notifications_total')).map(({ labels }) => labels['channel']);
    expect(new Set(channels)).toEqual(new Set(['pager']));
  });

  it('tell which config runs and whether the last one was refused', async () => {
    expect(await readValue('mimecast_monitor_config_last_reload_successful')).toBe(0);
    metrics.configLoaded(`ffffffffffff${'0'.repeat(52)}`, 1_500);
    metrics.configRefused();
    expect(await readValue('mimecast_monitor_config_last_reload_successful')).toBe(0);
    expect(await readValue('mimecast_monitor_config_last_reload_success_timestamp_seconds')).toBe(1.5);
    expect(await readValue('mimecast_monitor_config_hash')).toBe(2 ** 48 - 1);
    metrics.configLoaded('0'.repeat(64), 2_000);
    expect(await readValue('mimecast_monitor_config_last_reload_successful')).toBe(1);
    expect(await readValue('mimecast_monitor_config_hash')).toBe(0);
  });

  it('tell the version, and whether Redis can be reached', async () => {
    expect(await readValue('mimecast_monitor_build_info', { version: '1.2.3' })).toBe(1);
    expect(await readValue('mimecast_monitor_redis_up')).toBe(0);
    metrics.redisUp(true);
    expect(await readValue('mimecast_monitor_redis_up')).toBe(1);
  });

  it('count the jobs in the queues at each scrape, and show no old number when that fails', async () => {
    queueJobs = async () => [{ queue: 'gw-1', state: 'waiting', count: 7 }];
    expect(await readValue('mimecast_monitor_queue_jobs', { queue: 'gw-1', state: 'waiting' })).toBe(7);
    queueJobs = async () => [{ queue: 'gw-2', state: 'active', count: 1 }];
    expect(await samples('mimecast_monitor_queue_jobs')).toHaveLength(1);
    queueJobs = () => Promise.reject(new Error('no connection to Redis'));
    expect(await samples('mimecast_monitor_queue_jobs')).toEqual([]);
  });
});

describe("Node's own metrics", () => {
  it('are there, less those whose names promtool refuses', async () => {
    registerNodeMetrics(registry);
    const names = parseMetrics(await registry.metrics()).map(({ name }) => name);
    expect(names).toContain('process_resident_memory_bytes');
    expect(names).toContain('nodejs_eventloop_lag_p99_seconds');
    expect(names.filter((name) => /^nodejs_active_.*_total$/.test(name))).toEqual([]);
  });
});
