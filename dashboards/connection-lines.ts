import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LineInterpolation,
} from '@grafana/grafana-foundation-sdk/common';
import { lines, range, thresholds } from './panels.ts';
import { IDENTITY, type Queries } from './promql.ts';

const NAME = '{{tenant}} / {{connection}}';
const DAY = 86_400;

function dashed() {
  return new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed);
}

export function rejections(queries: Queries) {
  const metric = 'consecutive_rejections';
  return lines(
    {
      title: 'Rejections in a row',
      description:
        'Counted rejections since the last token; as many as the config asks for confirm that keys do not work.',
      unit: 'short',
      empty: 'No connection is chosen by the variables',
      span: 12,
      height: 8,
    },
    [range('A', queries.of(metric), NAME)],
  )
    .decimals(0)
    .min(0)
    .lineInterpolation(LineInterpolation.StepAfter);
}

export function lastChecks(queries: Queries) {
  const metric = 'last_check_timestamp_seconds';
  return lines(
    {
      title: 'Time since the last check',
      description: 'How long ago the last finished check began.',
      unit: 's',
      empty: 'Not checked yet',
      span: 12,
      height: 8,
    },
    [range('A', `time() - ${queries.of(metric)}`, NAME)],
  ).min(0);
}

export function lastSuccesses(queries: Queries) {
  const metric = 'last_success_timestamp_seconds';
  return lines(
    {
      title: 'Time since the last token',
      description:
        'How long ago the last check began that was given a token. One ' +
        'that never was given a token has no line.',
      unit: 's',
      empty: 'None was ever given a token',
      span: 12,
      height: 8,
    },
    [range('A', `time() - ${queries.of(metric)}`, NAME)],
  ).min(0);
}

export function checksBehind(queries: Queries) {
  const age = `(time() - ${queries.of('last_check_timestamp_seconds')})`;
  const shown = `${age} / on (${IDENTITY}) ${queries.of('check_interval_seconds')}`;
  return lines(
    {
      title: 'Time since the last check, in intervals',
      description:
        'The time since the last check, divided by the configured interval. More than 2 is late: the keys may have ' +
        'stopped working unseen.',
      unit: 'none',
      empty: 'Not checked yet',
      span: 12,
      height: 8,
    },
    [range('A', shown, NAME)],
  )
    .decimals(1)
    .min(0)
    .thresholds(thresholds('green', [2, 'red']))
    .thresholdsStyle(dashed());
}

export function expiryLeft(queries: Queries) {
  const metric = 'secret_expiry_timestamp_seconds';
  return lines(
    {
      title: 'Time to the declared expiry',
      description: 'Time until the secret expires, as its owner declared; below zero it has.',
      unit: 's',
      empty: 'No expiry declared',
      span: 12,
      height: 8,
    },
    [range('A', `${queries.of(metric)} - time()`, NAME)],
  )
    .thresholds(thresholds('red', [0, 'orange'], [7 * DAY, 'yellow'], [30 * DAY, 'green']))
    .thresholdsStyle(dashed());
}

export function tokenLifetimes(queries: Queries) {
  const metric = 'token_lifetime_seconds';
  return lines(
    {
      title: 'Lifetime of the tokens',
      description: 'Lifetime of the token issued last, as the gateway says.',
      unit: 's',
      empty: 'None was ever given a token',
      span: 12,
      height: 8,
    },
    [range('A', queries.of(metric), NAME)],
  ).min(0);
}
