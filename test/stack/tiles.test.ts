import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { dashboards } from '../grafana/panels.ts';
import { runTool } from '../helpers/tool.ts';

const CONFIGS =
  dashboards()
    .flatMap(({ panels }) => panels)
    .find(({ title }) => title === 'Config of the processes')?.targets[0]?.expr ?? '';

it.each([
  ['the same', 'in two namespaces with a config each', ['soc', 'eu'], 1],
  ['different', 'in one namespace with two configs', ['soc', 'soc'], 2],
] as const)('the tile of the configs says "%s" of processes %s', async (_, __, namespaces, value) => {
  const folder = await mkdtemp(join(tmpdir(), 'mcm-tiles-'));
  try {
    const file = join(folder, 'tiles.test.yml');
    const input_series = namespaces.map((namespace, index) => ({
      series: `mimecast_monitor_config_hash{job="mimecast-monitor",namespace="${namespace}",instance="${index}"}`,
      values: `${index + 1}x2`,
    }));
    const promql_expr_test = [{ expr: CONFIGS, eval_time: '1m', exp_samples: [{ labels: '{}', value }] }];
    await writeFile(
      file,
      stringify({ rule_files: [], tests: [{ interval: '30s', input_series, promql_expr_test }] }),
    );
    expect((await runTool('promtool', ['test', 'rules', file])).output).toContain('SUCCESS');
  } finally {
    await rm(folder, { recursive: true });
  }
});
