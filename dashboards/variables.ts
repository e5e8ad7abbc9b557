import {
  CustomVariableBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { SHOWN_STATES, WORST_FIRST } from './states.ts';

export const PROMETHEUS = { type: 'prometheus', uid: `\${datasource}` } as const;

const ALL = { selected: true, text: 'All', value: '$__all' } as const;

export function datasource() {
  return new DatasourceVariableBuilder('datasource')
    .label('Data source')
    .description('The Prometheus that scrapes the monitor.')
    .type('prometheus');
}

export function tenant() {
  return labelValues('tenant', 'mimecast_credential_info').label('Tenant');
}

export function gateway(source = 'mimecast_credential_info{tenant=~"$tenant"}') {
  return labelValues('gateway', source).label('Gateway');
}

export function connection() {
  return labelValues(
    'connection',
    'mimecast_credential_info{tenant=~"$tenant", gateway=~"$gateway", $label=~"$label_value"}',
  ).label('Connection');
}

export function state() {
  return new CustomVariableBuilder('state')
    .label('State')
    .values(WORST_FIRST.map((name) => `${SHOWN_STATES[name].text} : ${name}`).join(', '))
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ ...ALL });
}

/**
 * The name of a configured label. Its names differ from config to config, so Prometheus is asked for them. "All"
 * stands for `gateway`, a label that every connection has: a matcher needs a name, also where none is configured.
 */
export function label() {
  return new QueryVariableBuilder('label')
    .label('Label')
    .description('A label of the config, whose values stand in the next field. All: do not go by labels.')
    .datasource({ ...PROMETHEUS })
    .query(ask('label_names(mimecast_credential_info)'))
    .regex('/^(?<value>label_(?<text>.+))$/')
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalCaseInsensitiveAsc)
    .includeAll(true)
    .allValue('gateway')
    .current({ ...ALL });
}

export function labelValue() {
  return labelValues('$label', 'mimecast_credential_info{tenant=~"$tenant"}', 'label_value')
    .label('Label value')
    .description('Only connections whose label, chosen in the field before, has one of these values.');
}

/**
 * The connections that a dashboard goes into, chosen by a query as of the end of the time range. To choose within each
 * query over a time range would make Prometheus read all connections at each step: minutes, for thousands of them.
 */
export function chosen(name: string, query: string) {
  return new QueryVariableBuilder(name)
    .hide(VariableHide.HideVariable)
    .datasource({ ...PROMETHEUS })
    .query(ask(`query_result(${query})`))
    .regex('/[{,]connection="([^"]+)"/')
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .current({ ...ALL });
}

/**
 * The window of the rates of checks, in seconds. Twice the shortest interval of the gateway that is asked least often, so
 * that at least one check of every gateway falls into it, at intervals of a day too; never shorter than four scrapes, nor
 * than what is between two points of a long time range, which is what `$__rate_interval` sees to.
 */
export function checkWindow() {
  const interval = 'max(min by (gateway) (mimecast_credential_check_interval_seconds{gateway=~"$gateway"}))';
  return new QueryVariableBuilder('window')
    .hide(VariableHide.HideVariable)
    .datasource({ ...PROMETHEUS })
    .query(
      ask(
        `query_result(ceil(clamp_min(clamp_min(2 * ${interval} or vector(0), 4 * $__interval_ms / 1000), $__range_s / 200)))`,
      ),
    )
    .regex('/ (\\d+) /')
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .current({ selected: true, text: '600', value: '600' });
}

/** As it stands in a query. */
export const CHECK_WINDOW = `\${window}s`;

export function channel() {
  return labelValues('channel', 'mimecast_notifications_total').label('Channel');
}

export function statusPage() {
  return new TextBoxVariableBuilder('status_page')
    .label('Status page')
    .description("Where this browser reaches the monitor's status page; links lead there.")
    .defaultValue('http://127.0.0.1:9464');
}

function labelValues(name: string, source: string, variable = name) {
  return new QueryVariableBuilder(variable)
    .datasource({ ...PROMETHEUS })
    .query(ask(`label_values(${source}, ${name})`))
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalCaseInsensitiveAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ ...ALL });
}

/** In the form that the query editor writes. */
function ask(query: string): { query: string; refId: string } {
  return { query, refId: 'PrometheusVariableQueryEditor-VariableQuery' };
}
