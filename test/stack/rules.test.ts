import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startSimulator } from '../../src/simulator/server.ts';
import { ask, Cleanup, ready } from '../e2e/world.ts';
import { makeConfigFolder } from '../helpers/config-file.ts';
import { parseMetrics } from '../helpers/text-format.ts';
import { findTool, runTool } from '../helpers/tool.ts';
import {
  ALERTS,
  anchorsOf,
  matchersIn,
  questions,
  RECORDS,
  ROOT,
  RULE_TESTS,
  RULES,
  read,
  seriesIn,
} from './rule-files.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const named = ALERTS.map((rule) => [`${rule.alert} (${rule.labels['severity']})`, rule] as const);

describe('promtool', () => {
  it('finds nothing wrong with the rules', async () => {
    const { code, output } = await runTool(
      'promtool',
      ['check', 'rules', '--lint=all', '--lint-fatal', ...RULES],
      ROOT,
    );
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('SUCCESS') });
  });

  it('finds nothing wrong with prometheus.yml, where the file of the token exists', async () => {
    const folder = cleanup.add(await mkdtemp(join(tmpdir(), 'mcm-rules-')), (it) =>
      rm(it, { recursive: true }),
    );
    await cp(`${ROOT}config/prometheus`, folder, { recursive: true });
    const [config, token] = [join(folder, 'prometheus.yml'), join(folder, 'token')];
    await writeFile(token, 'a-token\n');
    const shipped = await readFile(config, 'utf8');
    expect(shipped).toContain('credentials_file: /run/secrets/monitor_token\n');
    await writeFile(config, shipped.replaceAll('/run/secrets/monitor_token', token));
    const { code, output } = await runTool('promtool', ['check', 'config', '--lint=all', config]);
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('2 rule files found') });
  });

  it.each(RULE_TESTS)('sees every alert fire and keep quiet as %s says', async (file) => {
    const { code, output } = await runTool('promtool', ['test', 'rules', file], ROOT);
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('SUCCESS') });
  });
});

describe('an alert', () => {
  it('is one of many, and no two have the same name and severity', () => {
    expect(named.length).toBeGreaterThan(25);
    expect(new Set(named.map(([name]) => name)).size).toBe(named.length);
  });

  it.each(named)('%s is tested while it fires and, unless it always does, while it does not', (_, rule) => {
    const severity = String(rule.labels['severity']);
    const asked = questions().filter(({ alert }) => alert === rule.alert);
    expect(asked.some(({ firing }) => firing.includes(severity))).toBe(true);
    const always = rule.alert === 'MimecastMonitorWatchdog';
    expect(asked.some(({ firing }) => !firing.includes(severity))).toBe(!always);
  });

  it.each(named)('%s says how grave it is, what happened and where to read on', (_, rule) => {
    expect(['critical', 'warning', 'none']).toContain(rule.labels['severity']);
    expect(rule.annotations).toEqual({
      summary: expect.stringMatching(/\S/),
      description: expect.stringMatching(/\.$/),
      runbook_url: `{{ $externalLabels.runbook_base }}docs/runbooks.md#${rule.alert.toLowerCase()}`,
    });
  });

  it('has a section in the runbooks, and each section about an alert has its alert', () => {
    const runbooks = read('docs/runbooks.md');
    const anchors = anchorsOf(runbooks);
    for (const { alert } of ALERTS) expect(anchors).toContain(alert.toLowerCase());
    const sections = [...runbooks.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(sections.toSorted()).toEqual([...new Set(ALERTS.map(({ alert }) => alert))].toSorted());
  });

  it('has a runbook that says what it means, what is proven, what to check and what to do, in this order', () => {
    for (const section of read('docs/runbooks.md').split(/^## /m).slice(1)) {
      const leads = [...section.matchAll(/^- \*\*(\w+)\*\*/gm)].map(([, lead]) => lead);
      expect(leads).toEqual(['Means', 'Proven', 'Check', 'Do']);
    }
  });
});

describe('the series of a running monitor', () => {
  const running = new Cleanup();
  let text = '';

  beforeAll(async () => {
    const keys = [{ clientId: 'acme-id', clientSecret: 'acme-secret' }];
    const gateway = running.add(await startSimulator({ keys }), (it) => it.close());
    const config = running.add(
      await makeConfigFolder({
        version: 1,
        alerts: { channels: { console: { type: 'log' } } },
        connections: [
          { id: 'acme', baseUrl: gateway.origin, clientId: 'acme-id', clientSecret: 'acme-secret' },
        ],
      }),
      (it) => it.remove(),
    );
    const monitor = await running.start(['--config', config.path]);
    await ready(monitor);
    text = (await ask(monitor, '/metrics')).text;
  });
  afterAll(() => running.run());

  it('please promtool', () => {
    const said = execFileSync(findTool('promtool'), ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect(said).toBe('');
  });

  it.each([...ALERTS, ...RECORDS].map((rule) => ['alert' in rule ? rule.alert : rule.record, rule] as const))(
    'are the ones that %s asks for',
    (_, { expr }) => {
      const known = new Set(['up', ...exposed(text), ...RECORDS.map(({ record }) => record)]);
      expect(seriesIn(expr).filter((series) => !known.has(series))).toEqual([]);
    },
  );

  it('have the labels and the values by which the rules select them', () => {
    const samples = parseMetrics(text);
    const matchers = [...ALERTS, ...RECORDS].flatMap(({ expr }) => matchersIn(expr));
    // Whose values a job is made of is Prometheus' affair.
    const ours = matchers.filter(({ label }) => label !== 'job');
    expect(ours.length).toBeGreaterThan(15);
    for (const { series, label, values } of ours) {
      const shown = samples
        .filter(({ name }) => name === closedSetOf(series))
        .map(({ labels }) => labels[label]);
      for (const value of values)
        expect({ series, label, shown }).toMatchObject({ shown: expect.arrayContaining([value]) });
    }
  });
});

/** Every series name that this text announces, whether or not it has a sample now. */
function exposed(text: string): string[] {
  return [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? ['bucket', 'sum', 'count'].map((part) => `${name}_${part}`) : [name],
  );
}

/** The series that always shows every value of the label; a connection shows its own state only. */
function closedSetOf(series: string): string {
  const shown = series.replace(/^mimecast:(.+):held$/, 'mimecast_$1');
  return shown === 'mimecast_credential_state' ? 'mimecast_connections' : shown;
}
