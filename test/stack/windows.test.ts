import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { dashboards, withVariables } from '../grafana/panels.ts';
import { runTool } from '../helpers/tool.ts';

const SCRAPE_SECONDS = 30;
const GATEWAY = 'gateway="https://us"';
const CONNECTION = `connection="acme",tenant="Acme",${GATEWAY}`;

const window = dashboards()
  .flatMap(({ variables }) => variables)
  .find(({ name }) => name === 'window');
/** The queries whose rates are those of checks. */
const queries = dashboards().flatMap(({ panels }) =>
  panels.flatMap(({ title, targets }) =>
    targets
      .filter(({ expr }) => expr.includes(`[\${window}s]`))
      .map(({ refId, expr }) => [`${title} ${refId}`, expr]),
  ),
);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcm-windows-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** What Prometheus scrapes of a monitor with one connection that is asked so often, for five of its intervals. */
function scraped(intervalSeconds: number): object[] {
  const scrapes = intervalSeconds / SCRAPE_SECONDS;
  const counter = [0, 1, 2, 3, 4].map((count) => `${count}x${scrapes - 1}`).join(' ');
  const process = 'job="mimecast-monitor",instance="a"';
  const buckets = ['0.1', '+Inf'].flatMap((le) =>
    ['duration', 'lateness'].map(
      (what) => `mimecast_check_${what}_seconds_bucket{${process},${GATEWAY},le="${le}"}`,
    ),
  );
  // Half of the answers are good, since one panel shows those that were not.
  const verdicts = ['valid', 'timeout'].map(
    (verdict) => `mimecast_checks_total{${process},${GATEWAY},verdict="${verdict}"}`,
  );
  return [
    {
      series: `mimecast_credential_check_interval_seconds{${process},${CONNECTION}}`,
      values: `${intervalSeconds}x${5 * scrapes}`,
    },
    ...[...buckets, ...verdicts].map((series) => ({ series, values: counter })),
  ];
}

/** Has promtool hold what Prometheus answers against these expectations; the answer is its words. */
async function promtool(input_series: object[], promql_expr_test: object[]): Promise<string> {
  const file = join(folder, 'windows.test.yml');
  await writeFile(
    file,
    stringify({
      rule_files: [],
      tests: [{ interval: `${SCRAPE_SECONDS}s`, input_series, promql_expr_test }],
    }),
  );
  return (await runTool('promtool', ['test', 'rules', file])).output;
}

function windowQuery(range: string): string {
  const [, asked = ''] = /^query_result\((.*)\)$/s.exec(window?.query ?? '') ?? [];
  return withVariables(asked, {}, { interval: `${SCRAPE_SECONDS}s`, range });
}

describe('the window of the rates of checks', () => {
  it.each([
    ['twice the interval', 300, '6h', 600],
    ['twice the interval, also of a day', 86_400, '6h', 172_800],
    ['four scrapes, where checks are more frequent than these', 30, '3h', 120],
    ['as long as what is between two points of a long time range', 300, '30d', 12_960],
  ])('is %s', async (_, interval, range, value) => {
    const sample = { expr: windowQuery(range), eval_time: '1m', exp_samples: [{ labels: '{}', value }] };
    expect(await promtool(scraped(interval), [sample])).toContain('SUCCESS');
  });

  it('is four scrapes where nothing is watched', async () => {
    const sample = { expr: windowQuery('3h'), eval_time: '1m', exp_samples: [{ labels: '{}', value: 120 }] };
    expect(await promtool([], [sample])).toContain('SUCCESS');
  });

  it('is taken of what Grafana makes of the answer', () => {
    const [, pattern = ''] = /^\/(.*)\/$/.exec(window?.regex ?? '') ?? [];
    expect(new RegExp(pattern).exec('{} 600 1764460800000')?.[1]).toBe('600');
  });
});

describe('one connection that is asked every five minutes, or once a day', () => {
  it('is asked about by the panels of both dashboards that have rates of checks', () => {
    expect(queries.length).toBeGreaterThanOrEqual(12);
  });

  it.each(queries)('has a value at every moment in %s', async (_, expr) => {
    for (const interval of [300, 86_400]) {
      const query = withVariables(expr, { window: String(2 * interval) });
      // The two intervals that the window needs, then one and a half, in small steps.
      const moments = Array.from({ length: 30 }, (_, step) => 2 * interval + (step * interval) / 20);
      const samples = moments.map((moment) => ({
        expr: `count(count((${query}) > 0))`,
        eval_time: `${Math.round(moment)}s`,
        exp_samples: [{ labels: '{}', value: 1 }],
      }));
      expect([interval, await promtool(scraped(interval), samples)]).toEqual([
        interval,
        expect.stringContaining('SUCCESS'),
      ]);
    }
  });
});
