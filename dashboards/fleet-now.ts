import { TO_CONNECTION, TO_STATUS_PAGE } from './links.ts';
import { now, rows, thresholdsOf, tiles } from './panels.ts';
import type { Queries } from './promql.ts';
import { SHOWN_STATES, STATE_LABELS, WORST_FIRST } from './states.ts';
import { table } from './table.ts';

const DAY = 86_400;

export function connectionsNow(queries: Queries) {
  const panel = tiles(
    {
      title: 'Connections by state',
      description: 'How many of the chosen connections are in each state now, the worst first.',
      unit: 'short',
      empty: 'No monitor is scraped',
      span: 24,
      height: 4,
    },
    // The fleet's gauge has every state, so that none is missing when nobody is in it.
    WORST_FIRST.map((state, index) =>
      now(
        String.fromCharCode(65 + index),
        `sum(${queries.states(`state="${state}", state=~"$state"`)}) or 0 * max(mimecast_connections{state="${state}", state=~"$state"})`,
        SHOWN_STATES[state].text,
      ),
    ),
  );
  for (const state of WORST_FIRST) {
    const { text, color, rank } = SHOWN_STATES[state];
    if (rank > 0) panel.overrideByName(text, [thresholdsOf('text', [1, color])]);
  }
  return panel.decimals(0);
}

/** The rows are chosen by the query `worst`; `queries` asks more of these. */
export function wrongNow(worst: string, queries: Queries, limit: number) {
  return table(
    {
      title: 'Wrong right now',
      description:
        `Connections that are not healthy, the worst state first, then the newest; at most ${limit}. Suspect: refused, ` +
        'not yet confirmed. Unverifiable: no answer that proves anything.',
      unit: 'none',
      empty: 'Nothing is wrong',
      span: 24,
      height: 9,
    },
    [
      rows('A', worst),
      rows('B', `${queries.of('state_since_timestamp_seconds')} * 1000`),
      rows('C', `${queries.of('last_success_timestamp_seconds')} * 1000`),
      rows('D', `${queries.of('last_check_timestamp_seconds')} * 1000`),
    ],
    [
      { from: 'tenant', title: 'Tenant' },
      {
        from: 'connection',
        title: 'Connection',
        properties: [{ id: 'links', value: [TO_CONNECTION, TO_STATUS_PAGE] }],
      },
      {
        from: 'state',
        title: 'State',
        width: 140,
        properties: [
          { id: 'mappings', value: [STATE_LABELS] },
          { id: 'custom.cellOptions', value: { type: 'color-text' } },
        ],
      },
      { from: 'Value #B', title: 'Since', unit: 'dateTimeFromNow', width: 160 },
      { from: 'Value #C', title: 'Last success', unit: 'dateTimeFromNow', width: 160, properties: [never()] },
      { from: 'Value #D', title: 'Last check', unit: 'dateTimeFromNow', width: 160, properties: [never()] },
      { from: 'gateway', title: 'Gateway' },
    ],
    { by: 'Value #A', descending: true },
  );
}

/** An empty cell of a time. */
function never() {
  return { id: 'noValue', value: 'Never' };
}

export function expiringNext(queries: Queries) {
  const expiry = queries.of('secret_expiry_timestamp_seconds');
  return table(
    {
      title: 'Expiring next',
      description:
        'Secrets by the expiry that their owners declared, the nearest first; at most 50. Mimecast tells nobody when a ' +
        'secret expires, so only what the config declares stands here.',
      unit: 'none',
      empty: 'No expiry declared',
      span: 14,
      height: 9,
    },
    [rows('A', `bottomk(50, ${expiry} - time())`), rows('B', `bottomk(50, ${expiry}) * 1000`)],
    [
      { from: 'tenant', title: 'Tenant' },
      { from: 'connection', title: 'Connection', properties: [{ id: 'links', value: [TO_CONNECTION] }] },
      {
        from: 'Value #A',
        title: 'Time left',
        unit: 's',
        properties: [
          thresholdsOf('red', [0, 'orange'], [7 * DAY, 'yellow'], [30 * DAY, 'green']),
          { id: 'custom.cellOptions', value: { type: 'color-text' } },
        ],
      },
      { from: 'Value #B', title: 'Expires', unit: 'dateTimeAsIso', width: 180 },
    ],
    { by: 'Value #A', descending: false },
  );
}
