import { WORST_FIRST } from '../../domain/state-meaning.ts';
import type { Overview, ShownGateway, ShownSilence } from '../data.ts';
import { icon, stateIcon, stateWord, WARNING } from '../icons.ts';
import { breakable, h, type Markup, type MarkupElement } from '../markup.ts';
import { timeElement } from '../times.ts';
import { number } from './headline.ts';
import { detailsLink, expiryOf, hostOf } from './table.ts';

export function expiringView({ expiring }: Overview, now: number): readonly Markup[] {
  if (expiring.length === 0) {
    return [
      h(
        'p',
        { class: 'quiet' },
        'No expiry is declared: set ',
        h('code', {}, 'secretExpiresAt'),
        ' on a connection, and it is warned of in time.',
      ),
    ];
  }
  const items = expiring.map((row) =>
    h('li', { key: row.id }, h('span', {}, row.tenant, ' ', detailsLink(row.id)), expiryOf(row, now)),
  );
  return [h('ol', { class: 'plain-list spread' }, items)];
}

export function gatewaysView({ gateways }: Overview, now: number): readonly Markup[] {
  if (gateways.length === 0) return [h('p', { class: 'quiet' }, 'None is configured.')];
  return [
    h(
      'ul',
      { class: 'plain-list' },
      gateways.map((one) => h('li', { key: one.gateway }, gatewayView(one, now))),
    ),
  ];
}

function gatewayView(shown: ShownGateway, now: number): MarkupElement {
  const { gateway, watched, states, outageSince } = shown;
  const valid = states.healthy ?? 0;
  const share = watched === 0 ? '' : ` (${percent(valid / watched)})`;
  const outage =
    outageSince === null
      ? null
      : h('span', { class: 'outage' }, icon(WARNING), 'out, since ', timeElement(outageSince, now));
  return h(
    'div',
    { class: 'gateway-block' },
    h('h3', {}, breakable(hostOf(gateway)), ' ', outage),
    bar(states),
    rateLimit(shown, now),
    h('p', { class: 'quiet' }, `${number(valid)} of ${number(watched)} valid${share}`),
    h(
      'p',
      { class: 'counts' },
      WORST_FIRST.filter((state) => state !== 'healthy' && (states[state] ?? 0) > 0).map((state) =>
        h(
          'span',
          { class: `count tone-${state}` },
          stateIcon(state),
          `${number(states[state] ?? 0)} ${stateWord(state)}`,
        ),
      ),
    ),
  );
}

/** Nobody's key is in doubt for that, but states may be older than they look. */
function rateLimit({ rateLimited, watched, waitsUntil }: ShownGateway, now: number): MarkupElement | null {
  if (rateLimited === 0) return null;
  const waits = waitsUntil !== null && Date.parse(waitsUntil) > now;
  return h(
    'p',
    { class: 'rate-limit' },
    stateIcon('pending'),
    h(
      'span',
      {},
      h('strong', {}, 'limits the rate: '),
      `it told ${number(rateLimited)} of ${number(watched)} to wait`,
      ...(waits ? ['; the longest wait ends ', timeElement(waitsUntil, now)] : []),
    ),
  );
}

/** All of a gateway's connections as one line, the worst at its left; the numbers beside it say the same. */
function bar(states: ShownGateway['states']): MarkupElement {
  const total = WORST_FIRST.reduce((sum, state) => sum + (states[state] ?? 0), 0);
  let x = 0;
  const parts = WORST_FIRST.flatMap((state) => {
    const width = ((states[state] ?? 0) / Math.max(total, 1)) * 100;
    if (width === 0) return [];
    const part = h('rect', {
      class: `fill-${state}`,
      x: x.toFixed(2),
      width: Math.max(width, 0.8).toFixed(2),
      height: 6,
    });
    x += width;
    return [part];
  });
  return h(
    'svg',
    { class: 'bar', viewBox: '0 0 100 6', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    parts,
  );
}

/** 99.96 % is not "100 %". */
function percent(share: number): string {
  const rounded = Math.floor(share * 1_000) / 10;
  return `${rounded} %`;
}

export function silencesView(
  silences: readonly ShownSilence[],
  now: number,
  mayChange: boolean,
): readonly Markup[] {
  if (silences.length === 0) return [h('p', { class: 'quiet' }, 'None: whoever is configured is told.')];
  const items = silences.map((silence) => {
    const { id, status, startsAt, endsAt, reason, author } = silence;
    const name = matchText(silence);
    return h(
      'li',
      { key: id },
      h('span', {}, h('strong', {}, name), status === 'pending' ? ' (not begun)' : ''),
      h('span', {}, `“${reason}” `, h('span', { class: 'quiet' }, `by ${author}`)),
      h(
        'span',
        { class: 'quiet' },
        ...(status === 'pending' ? ['begins ', timeElement(startsAt, now), ', '] : []),
        'ends ',
        timeElement(endsAt, now),
      ),
      mayChange
        ? h(
            'button',
            {
              type: 'button',
              class: 'plain needs-script',
              'data-action': 'lift',
              'data-value': id,
              'aria-label': `Lift the silence of ${name}`,
            },
            'Lift',
          )
        : null,
    );
  });
  return [h('ul', { class: 'plain-list' }, items)];
}

/** `tenant Acme Corp, kind credential_expiring` */
export function matchText({ match }: Pick<ShownSilence, 'match'>): string {
  const { connection, tenant, labels = {}, gateway, kind } = match;
  const parts = [
    connection === undefined ? null : `connection ${connection}`,
    tenant === undefined ? null : `tenant ${tenant}`,
    ...Object.entries(labels).map(([name, value]) => `label ${name}=${value}`),
    gateway === undefined ? null : `gateway ${hostOf(gateway)}`,
    kind === undefined ? null : `kind ${kind}`,
  ];
  return parts.filter((part) => part !== null).join(', ');
}
