import { lines, range, rows, stacked } from './panels.ts';
import { mapping } from './states.ts';
import { table } from './table.ts';

/** Other programs have series of these names, too. */
const OURS = 'and on (job, instance) mimecast_monitor_build_info';
const HALF = { span: 12, height: 8, empty: 'No monitor is scraped' } as const;

export function processTable() {
  return table(
    {
      title: 'Each process',
      description: 'Each process that is scraped: its version, whether it reaches Redis, since when it runs.',
      unit: 'none',
      empty: 'No monitor is scraped',
      span: 24,
      height: 6,
    },
    [
      rows('A', 'max by (instance, version) (mimecast_monitor_build_info)'),
      rows('B', 'max by (instance) (mimecast_monitor_redis_up)'),
      rows('C', `max by (instance) (process_start_time_seconds ${OURS}) * 1000`),
      rows('D', `max by (instance) (process_resident_memory_bytes ${OURS})`),
      rows('E', 'max by (instance) (mimecast_monitor_config_last_reload_successful)'),
    ],
    [
      { from: 'instance', title: 'Process' },
      { from: 'version', title: 'Version' },
      { from: 'Value #B', title: 'Redis', properties: [words('Reachable', 'Away'), COLORED] },
      { from: 'Value #E', title: 'Last read config', properties: [words('Accepted', 'Refused'), COLORED] },
      { from: 'Value #C', title: 'Started', unit: 'dateTimeFromNow' },
      { from: 'Value #D', title: 'Memory', unit: 'bytes' },
    ],
  );
}

const COLORED = { id: 'custom.cellOptions', value: { type: 'color-text' } } as const;

function words(yes: string, no: string) {
  const both = mapping([
    ['1', { text: yes, color: 'green' }],
    ['0', { text: no, color: 'red' }],
  ]);
  return { id: 'mappings', value: [both] };
}

export function memory() {
  return lines(
    {
      title: 'Memory',
      description: 'Resident memory, and the used part of the heap.',
      unit: 'bytes',
      ...HALF,
    },
    [
      range('A', `max by (instance) (process_resident_memory_bytes ${OURS})`, '{{instance}}: resident'),
      range('B', `max by (instance) (nodejs_heap_size_used_bytes ${OURS})`, '{{instance}}: heap'),
    ],
  ).min(0);
}

export function cpu() {
  return lines(
    {
      title: 'CPU',
      description:
        'Share of one core. The event loop has one; more is garbage collection, TLS and compression.',
      unit: 'percentunit',
      ...HALF,
    },
    [
      range(
        'A',
        `max by (instance) (rate(process_cpu_seconds_total[$__rate_interval]) ${OURS})`,
        '{{instance}}',
      ),
    ],
  ).min(0);
}

export function eventLoop() {
  return lines(
    {
      title: 'Event loop lag',
      description:
        'How late the event loop came round, in the middle and for the slowest 1 %, since the last scrape.',
      unit: 's',
      ...HALF,
    },
    [
      range('A', `max by (instance) (nodejs_eventloop_lag_p50_seconds ${OURS})`, '{{instance}}: 50 %'),
      range('B', `max by (instance) (nodejs_eventloop_lag_p99_seconds ${OURS})`, '{{instance}}: 99 %'),
    ],
  ).min(0);
}

export function garbage() {
  return stacked(
    {
      title: 'Garbage collection',
      description: 'Share of the time spent on collecting garbage, by kind.',
      unit: 'percentunit',
      ...HALF,
    },
    [
      range(
        'A',
        `sum by (kind) (rate(nodejs_gc_duration_seconds_sum[$__rate_interval]) ${OURS})`,
        '{{kind}}',
      ),
    ],
  );
}
