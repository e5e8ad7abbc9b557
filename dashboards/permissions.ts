import { TO_CONNECTION, TO_STATUS_PAGE } from './links.ts';
import { range, rows, stacked, timeline } from './panels.ts';
import { IDENTITY, type Queries } from './promql.ts';
import { mapping } from './states.ts';
import { table } from './table.ts';

const EMPTY = 'No permission is probed';

/** Those whose keys may be fine, and whose integration gets no data all the same. */
export function deniedNow(queries: Queries, limit: number) {
  const denied = `${queries.of('permission')} == 0`;
  const asked = `${queries.of('last_probe_timestamp_seconds')} * 1000`;
  return table(
    {
      title: 'Denied what is probed',
      description:
        `Connections whose probed call is denied for sure, the latest asked first; at most ${limit}. Their keys are right: ` +
        'it is the role of the application that must permit the call.',
      unit: 'none',
      empty: 'Nothing that is probed is denied',
      span: 12,
      height: 8,
    },
    [rows('A', `topk(${limit}, (${asked}) and on (${IDENTITY}) (${denied}))`)],
    [
      { from: 'tenant', title: 'Tenant' },
      {
        from: 'connection',
        title: 'Connection',
        properties: [{ id: 'links', value: [TO_CONNECTION, TO_STATUS_PAGE] }],
      },
      { from: 'Value', title: 'Last asked', unit: 'dateTimeFromNow', width: 160 },
      { from: 'gateway', title: 'Gateway' },
    ],
    { by: 'Value', descending: true },
  );
}

export function probeAnswers() {
  return stacked(
    {
      title: 'Answers to probes in an hour',
      description:
        'What the permission probes of the last hour were answered. Permitted and denied are certain; all others prove ' +
        'nothing, and a wrong_endpoint that stays is a wrong path in the config. Follows the gateway only.',
      unit: 'short',
      empty: EMPTY,
      span: 12,
      height: 8,
    },
    [
      range(
        'A',
        'sum by (result) (increase(mimecast_probes_total{gateway=~"$gateway"}[1h])) > 0',
        '{{result}}',
      ),
    ],
  );
}

export function permissionsOverTime(queries: Queries, legend: string) {
  return timeline(
    {
      title: 'May they do what they are for?',
      description:
        'What a probe with the token of a check has shown. Keys that work may belong to an application whose role has ' +
        'lost a permission. Empty where nothing is probed, and before the first certain answer.',
      unit: 'none',
      empty: EMPTY,
      span: 24,
      height: 6,
    },
    range('A', queries.of('permission'), legend),
  ).mappings([
    mapping([
      ['1', { text: 'Permitted', color: 'green' }],
      ['0', { text: 'Denied', color: 'red' }],
    ]),
  ]);
}
