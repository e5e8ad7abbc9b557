import { ScaleDistribution, ScaleDistributionConfigBuilder } from '@grafana/grafana-foundation-sdk/common';
import {
  PanelBuilder as Heatmap,
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { describe, lines, range, stacked } from './panels.ts';
import { AT_END, queriesOf } from './promql.ts';
import { CHECK_WINDOW as WINDOW } from './variables.ts';

const OF = 'gateway=~"$gateway"';
const queries = queriesOf(OF, false);

function quantiles(histogram: string) {
  return ([50, 95, 99] as const).map((percent, index) =>
    range(
      String.fromCharCode(65 + index),
      `histogram_quantile(${percent / 100}, sum by (le) (rate(${histogram}_bucket{${OF}}[${WINDOW}])))`,
      `${percent} %`,
    ),
  );
}

export function lateness() {
  return lines(
    {
      title: 'Lateness',
      description:
        'How long after they were due checks began: half of them, 95 % and 99 % began within this time. A healthy ' +
        'monitor begins within a tenth of a second.',
      unit: 's',
      empty: 'No check was made',
      span: 12,
      height: 8,
    },
    quantiles('mimecast_check_lateness_seconds'),
  ).min(0);
}

export function throughput() {
  return lines(
    {
      title: 'Throughput',
      description:
        'Checks per second, and how many the intervals of the connections that are watched at the end ask for. Made stays a little above ' +
        'asked for, since a refusal is asked again at once.',
      unit: 'cps',
      empty: 'No monitor is scraped',
      span: 12,
      height: 8,
    },
    [
      range('A', `sum(rate(mimecast_checks_total{${OF}}[${WINDOW}]))`, 'Made'),
      range('B', `sum(1 / ${queries.of('check_interval_seconds', AT_END)})`, 'Asked for'),
    ],
  ).min(0);
}

export function byVerdict() {
  return stacked(
    {
      title: 'Checks by verdict',
      description: 'Checks per second by what they found out.',
      unit: 'cps',
      empty: 'No check was made',
      span: 12,
      height: 9,
    },
    [range('A', `sum by (verdict) (rate(mimecast_checks_total{${OF}}[${WINDOW}])) > 0`, '{{verdict}}')],
  );
}

export function latencyMap() {
  const buckets = `mimecast_check_duration_seconds_bucket{${OF}}`;
  return describe(new Heatmap(), {
    title: 'Time a token exchange took',
    description:
      'How many exchanges took how long; the darker, the more. The exact numbers stand in the tooltip.',
    unit: 'short',
    empty: 'No check was made',
    span: 12,
    height: 9,
  })
    .withTarget(
      range('A', `sum by (le) (increase(${buckets}[${WINDOW}]))`, '{{le}}').format(PromQueryFormat.Heatmap),
    )
    .yAxis(new YAxisConfigBuilder().unit('s'))
    .color(new HeatmapColorOptionsBuilder().mode(HeatmapColorMode.Scheme).scheme('Blues').steps(64))
    .scaleDistribution(new ScaleDistributionConfigBuilder().type(ScaleDistribution.Linear))
    .showLegend();
}

export function durations() {
  return lines(
    {
      title: 'Exchange time by gateway',
      description: '95 % of the exchanges with each gateway took at most this long.',
      unit: 's',
      empty: 'No check was made',
      span: 24,
      height: 8,
    },
    [
      range(
        'A',
        `histogram_quantile(0.95, sum by (le, gateway) (rate(mimecast_check_duration_seconds_bucket{${OF}}[${WINDOW}])))`,
        '{{gateway}}',
      ),
    ],
  ).min(0);
}
