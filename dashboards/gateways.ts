import { TO_MONITOR } from './links.ts';
import { lines, range, rows, stacked, thresholdsOf, timeline } from './panels.ts';
import type { Queries } from './promql.ts';
import { mapping } from './states.ts';
import { table } from './table.ts';
import { CHECK_WINDOW } from './variables.ts';

const OF = 'gateway=~"$gateway"';

const OUTAGE = mapping([
  ['1', { text: 'Outage', color: 'purple' }],
  ['0', { text: 'Reachable', color: 'green' }],
]);

/** Checks are counted by the process that made them: over all processes they are added up. */
function checks(more: string, by = 'gateway'): string {
  return `sum by (${by}) (rate(mimecast_checks_total{${OF}${more}}[${CHECK_WINDOW}]))`;
}

const GIVEN_A_TOKEN = `${checks(', verdict="valid"')} / (${checks('')} > 0)`;

export function gatewayTable(queries: Queries) {
  const buckets = `sum by (le, gateway) (rate(mimecast_check_duration_seconds_bucket{${OF}}[${CHECK_WINDOW}]))`;
  return table(
    {
      title: 'Gateways',
      description:
        'The Mimecast gateways now, and their checks in the last two intervals. An outage is what the monitor decided: most of a ' +
        "gateway's connections get no answer that says anything about their keys.",
      unit: 'none',
      empty: 'No gateway is checked',
      span: 24,
      height: 6,
    },
    [
      rows('A', `max by (gateway) (mimecast_gateway_outage{${OF}})`),
      rows('B', `count by (gateway) (${queries.states('state!="disabled"')})`),
      rows('C', checks('')),
      rows('D', GIVEN_A_TOKEN),
      rows('E', `histogram_quantile(0.95, ${buckets})`),
    ],
    [
      { from: 'gateway', title: 'Gateway', properties: [{ id: 'links', value: [TO_MONITOR] }] },
      {
        from: 'Value #A',
        title: 'Now',
        properties: [
          { id: 'mappings', value: [OUTAGE] },
          { id: 'custom.cellOptions', value: { type: 'color-text' } },
        ],
      },
      { from: 'Value #B', title: 'Chosen connections', unit: 'short' },
      { from: 'Value #C', title: 'Checks', unit: 'cps' },
      {
        from: 'Value #D',
        title: 'Given a token',
        unit: 'percentunit',
        properties: [
          thresholdsOf('red', [0.5, 'yellow'], [0.95, 'green']),
          { id: 'custom.cellOptions', value: { type: 'color-text' } },
        ],
      },
      { from: 'Value #E', title: '95 % answered within', unit: 's' },
    ],
    { by: 'Value #A', descending: true },
  );
}

export function successRatio() {
  return lines(
    {
      title: 'Checks that were given a token',
      description:
        'The share of the checks of each gateway that were given a token. Follows the gateway only.',
      unit: 'percentunit',
      empty: 'No check was made',
      span: 8,
      height: 8,
    },
    [range('A', GIVEN_A_TOKEN, '{{gateway}}')],
  )
    .min(0)
    .max(1);
}

export function gatewayChecks() {
  return stacked(
    {
      title: 'Checks that were not, by verdict',
      description:
        'Checks that were given no token, by what they found out. Rejected, key_expired and forbidden speak of the ' +
        'keys; all others of the way to the gateway or of the gateway. Follows the gateway only.',
      unit: 'cps',
      empty: 'Every check was given a token',
      span: 8,
      height: 8,
    },
    [range('A', `${checks(', verdict!="valid"', 'gateway, verdict')} > 0`, '{{verdict}}, {{gateway}}')],
  );
}

export function outages() {
  return timeline(
    {
      title: 'Outages',
      description: 'When the monitor took a gateway to be out. Follows the gateway only.',
      unit: 'none',
      empty: 'No gateway is checked',
      span: 8,
      height: 8,
    },
    range('A', `max by (gateway) (mimecast_gateway_outage{${OF}})`, '{{gateway}}'),
  ).mappings([OUTAGE]);
}
