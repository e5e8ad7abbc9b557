import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { STATES, type State } from '../../src/domain/state.ts';
import type {
  ConnectionDetails,
  ConnectionRow,
  Delivery,
  Notice,
  Overview,
  ShownIncident,
} from '../../src/page/data.ts';
import { toHtml } from '../../src/page/html.ts';
import { breakable, h } from '../../src/page/markup.ts';
import { relative } from '../../src/page/times.ts';
import { detailsView } from '../../src/page/views/details.ts';
import { headlineOf } from '../../src/page/views/headline.ts';
import { incidentCard, openView } from '../../src/page/views/incidents.ts';
import { expiryOf, rowsView } from '../../src/page/views/table.ts';
import { NEW_YEAR, UK } from '../helpers/fleet.ts';

const at = (ms: number) => new Date(NEW_YEAR + ms).toISOString();
const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000];

describe('a time', () => {
  it.each([
    [-3 * SECOND, 'just now'],
    [3 * SECOND, 'in a moment'],
    [-47 * SECOND, '40s ago'],
    [-(3 * MINUTE + 40 * SECOND), '3m ago'],
    [-(2 * HOUR + 5 * MINUTE + 9 * SECOND), '2h 5m ago'],
    [3 * DAY + 4 * HOUR + 5 * MINUTE, 'in 3d 4h'],
    [-(40 * DAY + 4 * HOUR), '40d ago'],
  ])('%i ms away is "%s"', (ms, text) => {
    expect(relative(at(ms), NEW_YEAR)).toBe(text);
  });
});

function overview(counts: Partial<Record<State, number>>, outageSince: string | null = null): Overview {
  const totals = Object.fromEntries(STATES.map((state) => [state, counts[state] ?? 0])) as Record<
    State,
    number
  >;
  const gateways = [{ gateway: UK, watched: 1, states: {}, outageSince, rateLimited: 0, waitsUntil: null }];
  const choices = { tenants: [], labels: [] };
  return { pageVersion: '', totals, denied: 0, lastCheckAt: null, gateways, expiring: [], ...choices };
}

describe('the headline', () => {
  it.each([
    [overview({}), 'quiet', 'No connection is watched'],
    [overview({ disabled: 3 }), 'quiet', 'No connection is watched'],
    [overview({ pending: 3 }), 'quiet', 'Waiting for the first answers'],
    [overview({ healthy: 1 }), 'good', 'Nothing is wrong: 1 connection works'],
    [
      overview({ healthy: 1_200, pending: 2 }),
      'good',
      'Nothing is wrong: 1,200 connections work, 2 still to be checked',
    ],
    [overview({ healthy: 9, suspect: 1 }), 'warning', '1 connection has no certain answer'],
    [overview({ healthy: 9, unverifiable: 2 }, at(0)), 'warning', '1 gateway is out; no key is refused'],
    [
      { ...overview({ healthy: 9, pending: 1 }), denied: 1 },
      'warning',
      'The keys work, but 1 connection is denied what is probed',
    ],
    [{ ...overview({ healthy: 9, suspect: 1 }), denied: 1 }, 'warning', '1 connection has no certain answer'],
    [overview({ healthy: 9, revoked: 1 }), 'bad', '1 of 10 connections is refused'],
    [
      overview({ healthy: 7, expired: 1, forbidden: 2 }, at(0)),
      'bad',
      '3 of 10 connections are refused; 1 gateway is out',
    ],
  ])('%#: the worst is said first', (fleet, tone, text) => {
    expect(headlineOf(fleet)).toEqual({ tone, text });
  });
});

const incident: ShownIncident = {
  id: 'e1-acme-credential_invalid-7',
  kind: 'credential_invalid',
  cause: 'revoked',
  status: 'open',
  resolution: null,
  severity: 'critical',
  summary: 'Acme was revoked',
  description: '',
  remediation: '',
  connection: { id: 'acme', tenant: 'Acme' },
  connections: null,
  channels: ['soc'],
  notice: { state: 'told', reason: null, digest: null, toldAt: at(-MINUTE), deliveries: [] },
  startedAt: at(-HOUR),
  resolvedAt: null,
};

describe('an incident', () => {
  const told = (notice: Notice) =>
    /Told: (.*?)<\/span><\/span>/
      .exec(toHtml(incidentCard({ ...incident, notice }, NEW_YEAR)))?.[1]
      ?.replace(/<[^>]*>/g, '');

  const sent: Delivery = { channel: 'soc', state: 'delivered', at: at(-MINUTE), attempts: 1, reason: null };
  const waits: Delivery = { channel: 'pager', state: 'waiting', at: null, attempts: 2, reason: 'HTTP 503' };
  const lost: Delivery = { ...waits, state: 'given_up', at: at(-HOUR), reason: 'HTTP 404' };

  it.each([
    [{ ...incident.notice, deliveries: [sent] }, 'soc 1m ago'],
    [
      { ...incident.notice, deliveries: [sent, waits] },
      'soc 1m ago, pager not yet, tried 2 times (HTTP 503)',
    ],
    [{ ...incident.notice, state: 'undelivered', deliveries: [lost] }, 'pager given up 1h ago (HTTP 404)'],
    [{ ...incident.notice, digest: 'g', deliveries: [sent] }, 'soc 1m ago (in a message about several)'],
    [{ ...incident.notice, state: 'held', reason: 'silenced', toldAt: null }, 'not while it is silenced'],
    [
      { ...incident.notice, state: 'quiet', reason: 'nobody_to_tell' },
      'nobody: no channel is configured for it',
    ],
    [{ ...incident.notice, state: 'held', reason: 'a_later_reason' }, 'not yet'],
    [{ ...incident.notice, deliveries: [{ ...sent, state: 'a_later_state' }] }, 'soc 1m ago'],
    [
      { ...incident.notice, state: 'held', reason: 'outage', toldAt: null, deliveries: [sent] },
      'in the message about its gateway, soc 1m ago',
    ],
  ])('%#: says who was told, or why nobody was', (notice, text) => {
    expect(told(notice)).toBe(text);
  });
});

describe('the open incidents', () => {
  const shown = (count: number, total: number) => {
    const incidents = Array.from({ length: count }, (_, index) => ({ ...incident, id: `e1-${index}` }));
    return toHtml(openView({ incidents, total }, NEW_YEAR));
  };

  it('are followed by a wish for more while there are more to be had', () => {
    expect(shown(5, 7)).toMatch(/2 more\. <button [^>]*data-action="more-incidents"/);
    expect(shown(7, 7)).not.toContain('more');
  });

  it('are followed by where the rest is when a page can hold no more', () => {
    const html = shown(1_000, 1_200);
    expect(html).toMatch(/200 more: <a href="\/api\/v1\/incidents\?status=open">all as JSON/);
    expect(html).not.toContain('more-incidents');
  });
});

describe('a long name', () => {
  it('may go on in the next line after each dot and underscore, and is the same name', () => {
    const html = toHtml(breakable('us-api.services.mimecast.com_x'));
    expect(html).toBe('us-api.<wbr>services.<wbr>mimecast.<wbr>com_<wbr>x');
    expect(toHtml(breakable(''))).toBe('');
  });
});

describe('an expiry', () => {
  const row = { id: 'acme', tenant: 'Acme', gateway: UK, since: null, lastCheckAt: null, lastVerdict: null };
  const shade = (days: number, state: State) =>
    expiryOf(
      {
        ...row,
        state,
        lastSuccessAt: null,
        consecutiveRejections: 0,
        secretExpiresAt: at(days * DAY),
        expiryOutdated: false,
        permission: null,
        labels: {},
      },
      NEW_YEAR,
    ).attributes['class'];

  it.each([
    [31, 'healthy', undefined],
    [29, 'healthy', 'near'],
    [6, 'suspect', 'near critical'],
    [-1, 'healthy', 'near critical'],
    [6, 'revoked', undefined],
  ] as const)('%i days ahead of a %s key is shaded %p', (days, state, wanted) => {
    expect(shade(days, state)).toBe(wanted);
  });
});

describe('a permission that is probed', () => {
  const row: ConnectionRow = {
    id: 'acme',
    tenant: 'Acme',
    gateway: UK,
    state: 'healthy',
    since: null,
    lastCheckAt: null,
    lastVerdict: 'valid',
    lastSuccessAt: null,
    consecutiveRejections: 0,
    secretExpiresAt: at(90 * DAY),
    expiryOutdated: false,
    permission: 'denied',
    labels: {},
  };
  const details = (connection: Partial<ConnectionDetails>) => {
    const whole = { ...row, history: [], evidence: null, interval: '5m', confirmations: 3, probe: null };
    const shown = { connection: { ...whole, ...connection }, incidents: [], mayChange: false };
    return detailsView(shown, NEW_YEAR).map(toHtml).join('');
  };
  const rows = (connection: ConnectionRow) =>
    rowsView({ connections: [connection], total: 1 }, NEW_YEAR)
      .map(toHtml)
      .join('');

  it('is marked in its row by words when it is denied, and only then', () => {
    expect(rows(row)).toContain('permission denied');
    expect(rows({ ...row, permission: 'permitted' })).not.toContain('permission');
    expect(rows({ ...row, permission: null })).not.toContain('permission');
    expect(rows({ ...row, state: 'disabled' })).not.toContain('permission');
  });

  it('is told in the details with the call and its answer', () => {
    const probe = {
      call: 'GET /identity/whoami',
      interval: '1h',
      since: at(-DAY),
      lastProbeAt: at(0),
      lastAnswer: { result: 'denied', httpStatus: 403, code: 'app_forbidden', requestId: null },
    };
    const html = details({ probe });
    expect(html).toMatch(/^<p class="details-state">.*permission denied.*<\/p><p><strong>What to do: /);
    expect(html).toContain('What to do: </strong>Leave the keys, they are fine');
    expect(html).toContain('The probed call is denied, although the keys work');
    expect(html).toContain('GET /identity/whoami, every 1h');
    expect(html).toContain('denied, HTTP 403, app_forbidden');
    expect(details({ permission: null })).not.toContain('Permission');
  });

  it('does not hide that a declared expiry is that of the previous secret', () => {
    expect(details({ expiryOutdated: true })).toContain('the date of the previous secret');
    expect(rows({ ...row, expiryOutdated: true })).toContain('the date of the previous secret');
    expect(details({})).not.toContain('previous secret');
    expect(details({ permission: null, expiryOutdated: true })).toContain(
      '</strong>Update the declared expiry',
    );
    expect(details({ permission: null })).toContain('</strong>Nothing.');
    const shown = expiryOf({ ...row, secretExpiresAt: at(3 * DAY), expiryOutdated: true }, NEW_YEAR);
    expect(shown.attributes['class']).toBeUndefined();
  });
});

describe('markup', () => {
  it('never becomes other elements than those it is made of, whatever the data', () => {
    const nasty = fc.string({
      unit: fc.constantFrom('<', '>', '"', "'", '&', 'a', '=', ' ', '/', ';', 'lt'),
    });
    fc.assert(
      fc.property(nasty, nasty, (text, value) => {
        const html = toHtml(h('p', { title: value }, text));
        expect(html.match(/[<>]/g)).toHaveLength(4);
        expect(html).toMatch(/^<p(?: title(?:="[^"<>]*")?)?>[^<>]*<\/p>$/);
      }),
    );
  });
});
