import type { Dashboard, Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';
import { connectionInDepth } from './connection.ts';
import { fleet } from './fleet.ts';
import { monitor } from './monitor.ts';

/** The dashboards by the names of their files. */
export function allDashboards(): Readonly<Record<string, Dashboard>> {
  return {
    'fleet.json': numbered(fleet().build()),
    'connection.json': numbered(connectionInDepth().build()),
    'monitor.json': numbered(monitor().build()),
  };
}

/** What stands in a file. */
export function textOf(dashboard: Dashboard): string {
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}

/** Panels are told apart by their numbers, in links and in annotations; the builders leave that to us. */
function numbered(dashboard: Dashboard): Dashboard {
  let next = 1;
  const number = (panel: Panel | RowPanel) => {
    panel.id = next++;
    if ('panels' in panel) panel.panels.forEach(number);
  };
  dashboard.panels?.forEach(number);
  return dashboard;
}
