import { writeFileSync } from 'node:fs';
import { allDashboards, textOf } from './all.ts';

// `npm run dashboards`: writes what Grafana is provisioned with.
for (const [file, dashboard] of Object.entries(allDashboards())) {
  writeFileSync(new URL(`../config/grafana/dashboards/${file}`, import.meta.url), textOf(dashboard));
}
