import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Exposed, exposedSeries } from './exposed.ts';
import type { DashboardFile, FilePanel } from './files.ts';
import { lint } from './lint.ts';

let exposed: Exposed;
beforeAll(async () => {
  exposed = await exposedSeries();
});
const uids = new Set(['sound']);

const SOURCE = { type: 'prometheus', uid: `\${datasource}` };
const TARGET = {
  refId: 'A',
  expr: 'max by (state) (mimecast_connections)',
  range: true,
  instant: false,
  datasource: SOURCE,
  legendFormat: '{{state}}',
};
const PANEL: FilePanel = {
  id: 1,
  title: 'States',
  description: 'Connections by state.',
  type: 'timeseries',
  datasource: SOURCE,
  gridPos: { x: 0, y: 0, w: 12, h: 8 },
  targets: [TARGET],
  fieldConfig: { defaults: { unit: 'short', noValue: 'No monitor' }, overrides: [] },
};
const DASHBOARD: DashboardFile = {
  uid: 'sound',
  title: 'Sound',
  schemaVersion: 42,
  refresh: '30s',
  timezone: 'browser',
  editable: false,
  tags: ['test'],
  panels: [PANEL],
  templating: { list: [{ name: 'datasource', type: 'datasource', query: 'prometheus' }] },
  annotations: {},
};

function withPanel(change: object): DashboardFile {
  return { ...DASHBOARD, panels: [{ ...PANEL, ...change }] };
}

/** A dashboard whose one panel asks this; without a legend, so that only the query is judged. */
function asking(expr: string, change: object = {}): DashboardFile {
  return withPanel({ targets: [{ ...TARGET, expr, legendFormat: '', ...change }] });
}

function asDefaults(defaults: object): DashboardFile {
  return withPanel({ fieldConfig: { defaults: { unit: 'short', noValue: 'None', ...defaults } } });
}

/** A dashboard with a variable that is asked for, and used. */
function choosing(
  query: string,
  expr = 'max by (state) (mimecast_connections{state=~"$state"})',
): DashboardFile {
  const list = DASHBOARD.templating.list ?? [];
  return {
    ...asking(expr),
    templating: { list: [...list, { name: 'state', type: 'query', query: { query }, datasource: SOURCE }] },
  };
}

const EACH = 'max by (connection) (mimecast_credential_valid)';

describe('the lint of dashboards', () => {
  it('finds nothing in a sound one', () => {
    expect(lint(DASHBOARD, { exposed, uids })).toEqual([]);
  });

  it.each<[string, DashboardFile, string]>([
    ['an old schema', { ...DASHBOARD, schemaVersion: 16 }, 'schema version 16 is not 42'],
    ['another refresh', { ...DASHBOARD, refresh: '5s' }, 'does not refresh every 30s'],
    ['a fixed time zone', { ...DASHBOARD, timezone: 'utc' }, "does not go by the browser's time zone"],
    [
      'what can be edited',
      { ...DASHBOARD, editable: true },
      'is editable, though provisioning overwrites it',
    ],
    ['no tag', { ...DASHBOARD, tags: [] }, 'has no tag'],
    [
      'a link to nowhere',
      { ...DASHBOARD, links: [{ url: '/d/mimecast-flet' }] },
      'links to a dashboard mimecast-flet, which does not exist',
    ],
    [
      'a data source by its uid',
      withPanel({ datasource: { type: 'prometheus', uid: 'mimecast-prometheus' } }),
      `States: asks the data source mimecast-prometheus, not \${datasource}`,
    ],
    [
      'a query without a data source',
      withPanel({ targets: [{ ...TARGET, datasource: undefined }] }),
      `States: asks the data source of nobody, not \${datasource}`,
    ],
    [
      'a variable nobody defines',
      asking('max by (state) (mimecast_connections{state=~"$stat"})'),
      'variable stat is not defined',
    ],
    [
      'a variable nobody uses',
      {
        ...DASHBOARD,
        templating: {
          list: [...(DASHBOARD.templating.list ?? []), { name: 'tenant', type: 'custom', query: '$tenant' }],
        },
      },
      'variable tenant is not used',
    ],
    [
      'two panels of one number',
      { ...DASHBOARD, panels: [PANEL, { ...PANEL, title: 'More', gridPos: { x: 12, y: 0, w: 12, h: 8 } }] },
      'panel id 1 stands twice',
    ],
    [
      'a panel over another',
      {
        ...DASHBOARD,
        panels: [PANEL, { ...PANEL, id: 2, title: 'More', gridPos: { x: 11, y: 7, w: 12, h: 8 } }],
      },
      'More: lies over States',
    ],
    [
      'a panel too wide',
      withPanel({ gridPos: { x: 20, y: 0, w: 12, h: 8 } }),
      'States: is wider than the page',
    ],
    ['a deprecated panel', withPanel({ type: 'graph' }), 'States: graph is no current panel type'],
    ['no description', withPanel({ description: '' }), 'States: has no description'],
    ['no unit', asDefaults({ unit: undefined }), 'States: has no unit'],
    ['no word for nothing', asDefaults({ noValue: '' }), 'States: does not say what an empty answer means'],
    [
      'a colour without words',
      asDefaults({ mappings: [{ type: 'value', options: { 1: { color: 'red' } } }] }),
      'States: maps a value to a colour without words',
    ],
    [
      'a timeline without words',
      withPanel({ type: 'state-timeline' }),
      'States: shows states by colour alone',
    ],
    ['no query', withPanel({ targets: [] }), 'States: asks nothing'],
    ['two queries of one letter', withPanel({ targets: [TARGET, TARGET] }), 'States: query A stands twice'],
    [
      'a query for nothing',
      asking(TARGET.expr, { range: false }),
      'States: A: asks for neither or both of now and the time range',
    ],
    [
      'no PromQL',
      asking('max by (state) (mimecast_connections'),
      'States: A: no PromQL near "mimecast_connections"',
    ],
    ['an empty query', asking(''), 'States: A: no PromQL near ""'],
    [
      'an unknown metric',
      asking('sum(mimecast_check_total)'),
      'States: A: mimecast_check_total is not exposed',
    ],
    [
      'a histogram without its parts',
      asking('sum(mimecast_check_duration_seconds)'),
      'States: A: mimecast_check_duration_seconds is not exposed',
    ],
    [
      'a label that a metric lacks',
      asking('sum(mimecast_checks_total{state="valid"})'),
      'States: A: mimecast_checks_total has no label state',
    ],
    [
      'a group by an unknown label',
      asking('sum by (result) (mimecast_checks_total)'),
      'States: A: nothing here has a label result to group by',
    ],
    [
      'a match on an unknown label',
      asking(
        'max by (state) (mimecast_connections) / on (gateway) max by (gateway) (mimecast_gateway_outage)',
      ),
      'States: A: not both sides have a label gateway to match on',
    ],
    [
      'a legend with an unknown label',
      withPanel({ targets: [{ ...TARGET, legendFormat: '{{verdict}}' }] }),
      'States: A: its legend wants a label verdict',
    ],
    [
      'a quantile of no histogram',
      asking('histogram_quantile(0.9, sum(mimecast_check_duration_seconds_bucket))'),
      'States: A: histogram_quantile needs the label le',
    ],
    [
      'a line for each connection',
      asking(EACH),
      'States: A: one series for each connection, without a limit',
    ],
    [
      'a choice anew at each step',
      asking(`topk(5, ${EACH})`),
      'States: A: topk chooses others at each step: it needs @ end()',
    ],
    [
      'a sum over processes',
      asking('sum(mimecast_connections)'),
      'States: A: sum counts mimecast_connections once for each process',
    ],
    [
      'a series per process',
      asking('mimecast_connections'),
      'States: A: mimecast_connections stands once for each process',
    ],
    [
      'a variable that asks for an unknown metric',
      choosing('label_values(mimecast_credentials, state)'),
      'variable state: mimecast_credentials is not exposed',
    ],
    [
      'a variable that asks for an unknown label',
      choosing('label_values(mimecast_connections, status)'),
      'variable state: nothing has a label status',
    ],
    [
      'a variable that asks for every connection',
      choosing(`query_result(${EACH})`),
      'variable state: one series for each connection, without a limit',
    ],
    [
      'a variable that asks something else',
      choosing('states()'),
      'variable state: asks nothing that is known',
    ],
    [
      'an annotation that asks amiss',
      {
        ...DASHBOARD,
        annotations: { list: [{ name: 'Outages', expr: 'max(outages)', datasource: SOURCE }] },
      },
      'annotation Outages: outages is not exposed',
    ],
  ])('finds %s', (_, dashboard, finding) => {
    expect(lint(dashboard, { exposed, uids })).toEqual([finding]);
  });

  it.each([
    ['now, the few that topk leaves', `topk(5, ${EACH})`, false],
    [
      'over time, those that stand out at the end',
      `${EACH} and on (connection) topk(5, max by (connection) (mimecast_credential_valid @ end()))`,
      true,
    ],
    ['how many there are', `count(${EACH})`, true],
    [
      'the sum of what each process counts',
      'sum by (verdict) (rate(mimecast_checks_total[$__rate_interval]))',
      true,
    ],
  ])('lets pass %s', (_, expr, range) => {
    expect(lint(asking(expr, { range, instant: !range }), { exposed, uids })).toEqual([]);
  });

  it('lets pass a line for each of a few connections that a variable has chosen', () => {
    const expr = 'max by (connection) (mimecast_credential_valid{connection=~"$state"})';
    expect(lint(choosing(`query_result(topk(5, ${EACH}))`, expr), { exposed, uids })).toEqual([]);
    expect(
      lint(choosing('label_values(mimecast_credential_info, connection)', expr), { exposed, uids }),
    ).toEqual(['States: A: one series for each connection, without a limit']);
  });
});
