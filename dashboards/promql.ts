import type { State } from '../src/domain/state.ts';
import { SHOWN_STATES } from './states.ts';

/** A metric of one connection, without the prefix they share. */
export type ConnectionMetric =
  | 'valid'
  | 'permission'
  | 'last_probe_timestamp_seconds'
  | 'state_since_timestamp_seconds'
  | 'last_check_timestamp_seconds'
  | 'last_success_timestamp_seconds'
  | 'check_interval_seconds'
  | 'consecutive_rejections'
  | 'secret_expiry_timestamp_seconds'
  | 'token_lifetime_seconds';

/**
 * When a query over a time range is to choose what it shows, it chooses by how things stand at the range's end: else
 * each step would choose others, and a panel for 20 lines would draw hundreds. It also is read only once then.
 */
export type When = '' | ' @ end()';
export const AT_END: When = ' @ end()';

/** What tells connections apart. Several processes show the same connection; aggregated by this it stands once. */
export const IDENTITY = 'connection, tenant, gateway';

/**
 * A gauge that every process of a monitor shows for its whole fleet. The processes of one monitor are one job, two jobs
 * are two fleets.
 */
export function fleetWide(by: string, metric: string): string {
  return `sum by (${by}) (max without (instance, pod) (${metric}))`;
}

/** The queries of a dashboard that has these label matchers for its variables, and perhaps those for labels. */
export function queriesOf(matchers: string, byLabel = true) {
  /**
   * The configured labels stand on the info series alone, and their names are unknown here: the viewer chooses one.
   * Without a choice any value will do, a missing one too.
   */
  const labelled = (at: When) =>
    !byLabel
      ? ''
      : ` and on (connection) mimecast_credential_info{${matchers}, \${label:raw}=~"$label_value"}${at}`;

  const of = (metric: ConnectionMetric, at: When = '') =>
    `max by (${IDENTITY}) (mimecast_credential_${metric}{${matchers}}${at}${labelled(at)})`;

  /** Always 1, with the state as a label. */
  const states = (chosen: string, at: When = '') =>
    `max by (${IDENTITY}, state) (mimecast_credential_state{${matchers}, ${chosen}}${at}${labelled(at)})`;

  /** The rank of each connection's state; where two processes differ for a moment, the worse. */
  const ranks = (shown: readonly State[], at: When = '') =>
    `max by (${IDENTITY}) (${ranked(shown, '', at)}${labelled(at)})`;

  const ranked = (shown: readonly State[], more: string, at: When) => {
    const each = shown.map(
      (state) =>
        `${SHOWN_STATES[state].rank} * mimecast_credential_state{${matchers}, state="${state}"${more}}${at}`,
    );
    return `(${each.join(' or ')})`;
  };

  /** The worst, and of equally bad ones those that are so for the shortest time; with the state as a label. */
  const worst = (limit: number, shown: readonly State[], more = '') => {
    const since = `max by (${IDENTITY}) (mimecast_credential_state_since_timestamp_seconds{${matchers}}) / 1e10`;
    const rank = `max by (${IDENTITY}, state) (${ranked(shown, more, '')}${labelled('')})`;
    return `topk(${limit}, ${rank} + on (${IDENTITY}) group_left () ${since})`;
  };

  return { of, states, ranks, worst };
}

export type Queries = ReturnType<typeof queriesOf>;

/** A matcher for any of these states. */
export function anyOf(states: readonly State[]): string {
  return `state=~"${states.join('|')}"`;
}
