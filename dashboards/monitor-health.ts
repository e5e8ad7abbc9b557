import { BigValueTextMode } from '@grafana/grafana-foundation-sdk/common';
import { MappingType, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { now, thresholds, tiles } from './panels.ts';
import { queriesOf } from './promql.ts';
import { mapping } from './states.ts';

const SIZE = { span: 4, height: 4, empty: 'No monitor is scraped' } as const;

const queries = queriesOf('gateway=~"$gateway"', false);

function tile(title: string, description: string, expr: string, words: ValueMapping[], unit = 'none') {
  return tiles({ title, description, unit, ...SIZE }, [now('A', expr, title)])
    .textMode(BigValueTextMode.Value)
    .mappings(words);
}

function yesOrNo(yes: string, no: string): ValueMapping[] {
  return [
    mapping([
      ['1', { text: yes, color: 'green' }],
      ['0', { text: no, color: 'red' }],
    ]),
  ];
}

/** One word for a number, and another for every higher one. */
function oneOrMore(one: string, word: string, more: string): ValueMapping[] {
  return [
    mapping([[one, { text: word, color: 'green' }]]),
    {
      type: MappingType.RangeToText,
      options: { from: Number(one) + 1, to: null, result: { text: more, color: 'red' } },
    },
  ];
}

export function redis() {
  return tile(
    'Redis',
    'Whether every process reaches Redis. Without it nothing is checked and nobody is told.',
    'min(mimecast_monitor_redis_up)',
    yesOrNo('Reachable', 'Away'),
  );
}

export function reloads() {
  return tile(
    'Last read config',
    'Whether every process accepted the config when it was last read. A refused one leaves the old one running.',
    'min(mimecast_monitor_config_last_reload_successful)',
    yesOrNo('Accepted', 'Refused'),
  );
}

export function configs() {
  return tile(
    'Config of the processes',
    'Whether all processes of a monitor, which are one job (on Kubernetes in one namespace), run the same config, by its hash.',
    'max(count by (job, namespace) (count_values by (job, namespace) ("hash", mimecast_monitor_config_hash)))',
    oneOrMore('1', 'The same', 'Different'),
  );
}

export function reloadAge() {
  return tile(
    'Config accepted',
    'How long ago a process last accepted a config.',
    'time() - max(mimecast_monitor_config_last_reload_success_timestamp_seconds)',
    [],
    's',
  ).decimals(1);
}

export function processes() {
  return tile(
    'Processes',
    'Processes that were scraped.',
    'count(mimecast_monitor_build_info)',
    [],
    'short',
  ).thresholds(thresholds('red', [1, 'green']));
}

export function lateChecks() {
  const age = `(time() - ${queries.of('last_check_timestamp_seconds')})`;
  const late = `${age} > on (connection, tenant, gateway) 2 * ${queries.of('check_interval_seconds')}`;
  return tile(
    'Late connections',
    'Connections whose last check is longer ago than two of their intervals.',
    `count(${late}) or 0 * max(mimecast_connections_configured)`,
    [mapping([['0', { text: 'None', color: 'green' }]])],
    'short',
  ).thresholds(thresholds('green', [1, 'red']));
}
