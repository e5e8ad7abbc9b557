import type { Delivery, IncidentPage, ShownIncident } from '../data.ts';
import { CRITICAL, icon, WARNING } from '../icons.ts';
import { h, type Markup, type MarkupElement } from '../markup.ts';
import { timeElement } from '../times.ts';
import { count, number } from './headline.ts';
import { detailsLink } from './table.ts';

/** So many that the page asks for at first, and with each further wish. */
export const FIRST_OPEN = 5;
export const MORE_OPEN = 50;
/** More the API gives in no page. */
export const MOST_OPEN = 1_000;
export const MOST_RESOLVED = 8;

/** Connections that one incident names here; the table has them all. */
const MOST_NAMED = 12;

export function openView({ incidents, total }: IncidentPage, now: number): readonly Markup[] {
  if (incidents.length === 0) return [h('p', { class: 'quiet' }, 'None is open.')];
  return [
    h(
      'ul',
      { class: 'incidents' },
      incidents.map((incident) => h('li', { key: incident.id }, incidentCard(incident, now))),
    ),
    incidents.length < MOST_OPEN
      ? moreOpen(total - incidents.length)
      : rest(total - incidents.length, 'open'),
  ];
}

function moreOpen(more: number): MarkupElement | string {
  if (more <= 0) return '';
  return h(
    'p',
    { key: 'more', class: 'more quiet' },
    `${number(more)} more. `,
    h(
      'button',
      { type: 'button', class: 'plain needs-script', 'data-action': 'more-incidents' },
      'Show more',
    ),
  );
}

export function resolvedView({ incidents, total }: IncidentPage, now: number): readonly Markup[] {
  if (incidents.length === 0) return [h('p', { class: 'quiet' }, 'None within 90 days.')];
  const items = incidents.map((incident) =>
    h(
      'li',
      { key: incident.id },
      h('span', { class: 'resolved-summary' }, incident.summary),
      h(
        'span',
        { class: 'quiet' },
        timeElement(incident.resolvedAt, now),
        `, ${incident.resolution ?? 'resolved'}; began `,
        timeElement(incident.startedAt, now),
      ),
    ),
  );
  return [h('ul', { class: 'plain-list' }, items), rest(total - incidents.length, 'resolved')];
}

function rest(more: number, status: 'open' | 'resolved'): MarkupElement | string {
  if (more <= 0) return '';
  return h(
    'p',
    { key: 'more', class: 'quiet' },
    `${number(more)} more: `,
    h('a', { href: `/api/v1/incidents?status=${status}` }, 'all as JSON'),
  );
}

export function incidentCard(incident: ShownIncident, now: number): MarkupElement {
  const { severity, summary, description, remediation, connection, startedAt } = incident;
  const critical = severity === 'critical';
  return h(
    'details',
    { class: `incident incident-${critical ? 'critical' : 'warning'}` },
    h(
      'summary',
      {},
      h(
        'h3',
        {},
        h('span', { class: 'severity' }, icon(critical ? CRITICAL : WARNING), severity),
        ' ',
        summary,
      ),
      h(
        'span',
        { class: 'incident-facts quiet' },
        h('span', {}, 'Since ', timeElement(startedAt, now)),
        h('span', {}, ...toldText(incident, now)),
      ),
    ),
    h('p', {}, description),
    h('p', {}, h('strong', {}, 'What to do: '), remediation),
    connection ? h('p', {}, h('strong', {}, 'Connection: '), detailsLink(connection.id)) : members(incident),
    h('p', { class: 'quiet' }, 'Kind ', h('code', {}, incident.kind), ', id ', h('code', {}, incident.id)),
  );
}

function members({ connections }: ShownIncident): MarkupElement | null {
  if (connections === null || connections.total === 0) return null;
  const shown = connections.ids.slice(0, MOST_NAMED);
  const more = connections.total - shown.length;
  return h(
    'p',
    { class: 'members' },
    h('strong', {}, `${count(connections.total, 'connection', 'connections')}: `),
    shown.map((id) => [detailsLink(id), ' ']),
    more > 0 ? `and ${number(more)} more` : null,
  );
}

/** Who was told and when, or why not: what "why was I not told?" is answered with. */
function toldText({ notice }: ShownIncident, now: number): Markup[] {
  const { state, reason, digest, toldAt, deliveries } = notice;
  if (deliveries.length === 0) {
    if (state !== 'told') return ['Told: ', WHY_NOT[reason ?? ''] ?? 'not yet'];
    return ['Told: ', digest === null ? '' : 'in a message about several, ', timeElement(toldAt, now)];
  }
  return [
    'Told: ',
    state === 'held' ? (BY_WHAT[reason ?? ''] ?? '') : '',
    ...deliveries.flatMap((one, index) => [index === 0 ? '' : ', ', ...deliveryText(one, toldAt, now)]),
    digest === null ? '' : ' (in a message about several)',
  ];
}

/** `soc 3m ago`; what did not arrive says so, and why. */
function deliveryText(delivery: Delivery, toldAt: string | null, now: number): Markup[] {
  const { channel, state, at, attempts, reason } = delivery;
  const when = at === null ? [] : [' ', timeElement(at, now)];
  switch (state) {
    case 'delivered':
      return [channel, ...when];
    case 'waiting': {
      const tried = attempts === 0 ? '' : `, tried ${count(attempts, 'time', 'times')}`;
      return [h('strong', {}, `${channel} not yet${tried}`), because(reason)];
    }
    case 'given_up':
      return [h('strong', {}, `${channel} given up`), ...when, because(reason)];
    case 'superseded':
      return [`${channel} dropped: it was over before`];
    default:
      // Handed over before anybody noted what became of it.
      return toldAt === null ? [channel] : [channel, ' ', timeElement(toldAt, now)];
  }
}

function because(reason: string | null): string {
  return reason === null ? '' : ` (${reason})`;
}

const WHY_NOT: Readonly<Record<string, string>> = {
  grouping: 'in a moment; it waits for others of its kind',
  outage: 'not while its gateway is out; what is still wrong afterwards is told then',
  mass_rejection: 'in the message about the mass; by itself in half an hour at the latest',
  silenced: 'not while it is silenced',
  superseded: 'nobody; it was over before',
  nobody_to_tell: 'nobody: no channel is configured for it',
};

/** Its own message is held back, but another has told of it, or an earlier one. */
const BY_WHAT: Readonly<Record<string, string>> = {
  grouping: 'more in a moment; so far ',
  outage: 'in the message about its gateway, ',
  mass_rejection: 'in the message about the mass, ',
  silenced: 'silenced now; before, ',
};
