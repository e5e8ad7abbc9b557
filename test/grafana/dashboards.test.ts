import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { allDashboards, textOf } from '../../dashboards/all.ts';
import { type Exposed, exposedSeries } from './exposed.ts';
import { type DashboardFile, dashboardFiles } from './files.ts';
import { lint } from './lint.ts';
import { dashboards, EMPTY_BY_DESIGN } from './panels.ts';

let exposed: Exposed;
beforeAll(async () => {
  exposed = await exposedSeries();
});

const files = dashboardFiles();
const uids = new Set(dashboards().map(({ uid }) => uid));

describe('the shipped dashboards', () => {
  it.each([...files])('%s has nothing that the lint finds', (_, text) => {
    expect(lint(JSON.parse(text) as DashboardFile, { exposed, uids })).toEqual([]);
  });

  it('take the rates of checks over the window that fits the intervals, so that no small fleet shows dashes', () => {
    const panels = dashboards().flatMap((dashboard) => dashboard.panels);
    const exprs = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    const windows = exprs.flatMap((expr) =>
      [...expr.matchAll(/mimecast_checks?_[a-z_]+(?:\{[^}]*\})?\[([^\]]+)\]/g)].map(([, one]) => one),
    );
    expect(windows.length).toBeGreaterThanOrEqual(12);
    expect(new Set(windows)).toEqual(new Set([`\${window}s`]));
  });

  it('are what their sources make (else type `npm run dashboards`)', () => {
    const made = Object.entries(allDashboards()).map(([file, one]) => [file, textOf(one)] as const);
    expect(new Map(made.sort(([left], [right]) => left.localeCompare(right)))).toEqual(files);
  });

  it('are told apart by their uids', () => {
    expect([...uids].sort()).toEqual(['mimecast-connection', 'mimecast-fleet', 'mimecast-monitor']);
    expect(uids.size).toBe(files.size);
  });

  it.each(EMPTY_BY_DESIGN)('$panel $refId may be empty: it is a query of $dashboard', (entry) => {
    const panel = dashboards()
      .find(({ uid }) => uid === entry.dashboard)
      ?.panels.find(({ title }) => title === entry.panel);
    expect(panel?.targets.map(({ refId }) => refId)).toContain(entry.refId);
  });
});

describe('the provisioning of Grafana', () => {
  const FOLDER = new URL('../../config/grafana/provisioning/', import.meta.url);
  const read = (path: string) =>
    parse(readFileSync(new URL(path, FOLDER), 'utf8')) as Record<string, unknown>;

  it('names a Prometheus, the default, and an Alertmanager, each by a fixed uid', () => {
    const { apiVersion, datasources } = read('datasources/mimecast.yml');
    expect(apiVersion).toBe(1);
    expect(datasources).toMatchObject([
      { uid: 'mimecast-prometheus', type: 'prometheus', url: 'http://prometheus:9090', isDefault: true },
      { uid: 'mimecast-alertmanager', type: 'alertmanager', url: 'http://alertmanager:9093' },
    ]);
  });

  const PROMETHEUS = new URL('../../config/prometheus/prometheus.yml', import.meta.url);
  (existsSync(PROMETHEUS) ? it : it.skip)('knows how often the shipped Prometheus scrapes', () => {
    const { global } = parse(readFileSync(PROMETHEUS, 'utf8')) as { global: { scrape_interval: string } };
    expect(read('datasources/mimecast.yml')).toMatchObject({
      datasources: [{ jsonData: { timeInterval: global.scrape_interval } }, {}],
    });
  });

  it('loads the dashboards and lets nobody change what the next start would overwrite', () => {
    const { apiVersion, providers } = read('dashboards/mimecast.yml');
    expect(apiVersion).toBe(1);
    expect(providers).toMatchObject([
      {
        type: 'file',
        folder: 'Mimecast credentials',
        allowUiUpdates: false,
        options: { path: '/etc/grafana/dashboards' },
      },
    ]);
  });
});
