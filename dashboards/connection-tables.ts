import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table';
import { TO_STATUS_PAGE } from './links.ts';
import { describe, rows } from './panels.ts';
import type { Queries } from './promql.ts';
import { STATE_LABELS } from './states.ts';
import { table } from './table.ts';

/** The rows are chosen by the query `worst`; `queries` asks more of these. */
export function standing(worst: string, queries: Queries) {
  const at = (metric: Parameters<Queries['of']>[0]) => `${queries.of(metric)} * 1000`;
  return table(
    {
      title: 'Right now',
      description: 'The chosen connections, the worst state first, then the newest; at most 20.',
      unit: 'none',
      empty: 'No connection is chosen by the variables',
      span: 24,
      height: 8,
    },
    [
      rows('A', worst),
      rows('B', at('state_since_timestamp_seconds')),
      rows('C', at('last_success_timestamp_seconds')),
      rows('D', at('last_check_timestamp_seconds')),
      rows('E', queries.of('consecutive_rejections')),
      rows('F', `${queries.of('secret_expiry_timestamp_seconds')} - time()`),
      rows('G', queries.of('token_lifetime_seconds')),
    ],
    [
      { from: 'tenant', title: 'Tenant' },
      { from: 'connection', title: 'Connection', properties: [{ id: 'links', value: [TO_STATUS_PAGE] }] },
      {
        from: 'state',
        title: 'State',
        properties: [
          { id: 'mappings', value: [STATE_LABELS] },
          { id: 'custom.cellOptions', value: { type: 'color-text' } },
        ],
      },
      { from: 'Value #B', title: 'Since', unit: 'dateTimeFromNow' },
      { from: 'Value #C', title: 'Last success', unit: 'dateTimeFromNow', properties: [empty('Never')] },
      { from: 'Value #D', title: 'Last check', unit: 'dateTimeFromNow', properties: [empty('Never')] },
      { from: 'Value #E', title: 'Rejections in a row', unit: 'short', properties: [empty('Not watched')] },
      { from: 'Value #F', title: 'Secret expires in', unit: 's', properties: [empty('Not declared')] },
      { from: 'Value #G', title: 'Token lives', unit: 's', properties: [empty('No token yet')] },
      { from: 'gateway', title: 'Gateway' },
    ],
    { by: 'Value #A', descending: true },
  );
}

function empty(text: string) {
  return { id: 'noValue', value: text };
}

/** Its columns are the labels, whose names are not known here; only what is no configured label is hidden. */
export function labelTable(matchers: string) {
  const info = `mimecast_credential_info{${matchers}}`;
  return describe(new Table(), {
    title: 'Labels',
    description: 'What the config says of the chosen connections: its labels, as label_*.',
    unit: 'none',
    empty: 'No connection is chosen by the variables',
    span: 24,
    height: 8,
  })
    .withTarget(rows('A', `topk(20, max without (instance, pod) (${info}))`))
    .withTransformation({
      id: 'filterFieldsByName',
      options: { include: { pattern: '^(connection|tenant|gateway|label_.*)$' } },
    })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: {},
        indexByName: { tenant: 0, connection: 1, gateway: 2 },
        renameByName: { tenant: 'Tenant', connection: 'Connection', gateway: 'Gateway' },
      },
    });
}
