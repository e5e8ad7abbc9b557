import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Cleanup, connections, type Shown } from '../e2e/world.ts';
import { dashboards, EMPTY_BY_DESIGN, withVariables } from '../grafana/panels.ts';
import { freePort } from '../helpers/free-port.ts';
import {
  CASES,
  correct,
  type Fleet,
  setCase,
  setMass,
  setPermission,
  startFleet,
  TOKEN,
  TOO_FEW,
} from './fleet.ts';
import { ALERTS } from './rule-files.ts';
import { startWatchers, type Watchers } from './world.ts';

const WATCHDOG = 'MimecastMonitorWatchdog (none)';
const cleanup = new Cleanup();
let fleet: Fleet;
let watchers: Watchers;

beforeAll(async () => {
  fleet = await startFleet(cleanup, Date.now());
  watchers = cleanup.add(await startWatchers(TOKEN), (it) => it.stop());
  const third = await fleet.restart();
  const [first, second] = fleet.all;
  await watchers.main.set(first.url, second.url, fleet.worker.url, third.url);
  await watchers.eu.set(first.url);
});
afterAll(() => cleanup.run());

/** Looks again and again until it is so; a whole stack on two busy cores may take its time. */
async function until(what: string, look: () => Promise<boolean | string>): Promise<void> {
  const deadline = performance.now() + 240_000;
  for (;;) {
    const seen = await look();
    if (seen === true) return;
    if (performance.now() > deadline) throw new Error(`It did not come about: ${what}: ${seen}`);
    await pause(500);
  }
}

async function states(): Promise<ReadonlyMap<string, Shown>> {
  const all = await connections(fleet.all[0], TOKEN);
  return new Map(all.map((one) => [one.id, one]));
}

const nameOf = (alert: string, severity: unknown) => `${alert} (${String(severity)})`;
const ALL_ALERTS = ALERTS.map(({ alert, labels }) => nameOf(alert, labels['severity']));

/** The alerts that fire at this moment. */
async function firing(): Promise<ReadonlySet<string>> {
  const rules = await watchers.prometheus.rules();
  // One that was never evaluated yet is no rule that fails.
  for (const { name, health, lastError } of rules)
    expect(['ok', 'unknown']).toContain(lastError ? `${name}: ${lastError}` : health);
  return new Set(
    rules
      .flatMap(({ name, alerts = [] }) => alerts.map((alert) => ({ name, ...alert })))
      .filter(({ state }) => state === 'firing')
      .map(({ name, labels }) => nameOf(name, labels['severity'])),
  );
}

interface Asked {
  readonly dashboard: string;
  readonly panel: string;
  readonly refId: string;
  readonly series: number;
}

/** What Grafana makes of the answer to a hidden variable that gives one number. */
async function numberOf(variable: string): Promise<string> {
  const shown = dashboards().flatMap(({ variables }) => variables);
  const query = shown.find(({ name }) => name === variable)?.query ?? '';
  const [, asked = ''] = /^query_result\((.*)\)$/s.exec(query) ?? [];
  const [found] = await watchers.prometheus.query(withVariables(asked, {}, { interval: '5s', range: '5m' }));
  return found?.value?.[1] ?? '';
}

/** Asks every query of every panel as Grafana would, with every variable set to All. */
async function askPanels(): Promise<readonly Asked[]> {
  const asked: Asked[] = [];
  const values = { window: await numberOf('window') };
  for (const { uid, panels, variables, annotations } of dashboards()) {
    for (const { title, targets } of panels) {
      for (const { refId, expr, range } of targets) {
        const query = withVariables(expr, values, { interval: '5s', rateInterval: '20s', range: '5m' });
        const { prometheus } = watchers;
        const found = range ? await prometheus.queryRange(query, 60, 5) : await prometheus.query(query);
        asked.push({ dashboard: uid, panel: title, refId, series: found.length });
      }
    }
    // What chooses the connections of a panel, once, is asked by a variable of its own.
    for (const { name: variable, query } of variables) {
      const [, choice] = /^query_result\((.*)\)$/s.exec(query) ?? [];
      if (choice === undefined) continue;
      const found = await watchers.prometheus.query(withVariables(choice, {}, { range: '5m' }));
      asked.push({ dashboard: uid, panel: 'variables', refId: variable, series: found.length });
    }
    for (const { name: annotation, expr } of annotations) {
      const query = withVariables(expr, {}, { interval: '5s', rateInterval: '20s', range: '5m' });
      const found = await watchers.prometheus.queryRange(query, 60, 5);
      asked.push({ dashboard: uid, panel: 'annotations', refId: annotation, series: found.length });
    }
  }
  return asked;
}

/** These show or choose what is wrong, and are empty while nothing is. */
const NOT_PANELS = new Set(['variables', 'annotations']);
const placeOf = ({ dashboard, panel, refId }: Omit<Asked, 'series'>) => `${dashboard} / ${panel} / ${refId}`;

describe('a fleet that is well', () => {
  it('is shown by every panel but those that show trouble', async () => {
    // What is declared to expire, or can't be checked in time, is wrong from the start; the panels see it later.
    await until('every connection is known', async () => {
      await look();
      const waiting = [...(await states()).values()].filter(
        ({ id, state }) => state !== (id === 'never-valid' ? 'never_valid' : 'healthy'),
      );
      return waiting.length === 0 || `${waiting[0]?.id} is ${waiting[0]?.state}`;
    });
    const byDesign = new Set(EMPTY_BY_DESIGN.map(placeOf));
    const showsTrouble = (one: Asked) => byDesign.has(placeOf(one)) || NOT_PANELS.has(one.panel);
    await until('every panel has data', async () => {
      const empty = (await askPanels()).filter((one) => one.series === 0 && !showsTrouble(one));
      return empty.length === 0 || empty.map(placeOf).join(', ');
    });
  }, 300_000);
});

describe('a fleet with every trouble that there is an alert for', () => {
  it('has each alert fire', async () => {
    await causeTroubleOfCredentials();
    await causeTroubleOfTheMonitor();
    await showAnotherMonitorVanish();
    await loseAProcess();
    await loseRedis();
    await fires(...ALL_ALERTS);
  }, 600_000);

  it('has data in every panel, also in those that show trouble', async () => {
    await until('every panel has data', async () => {
      const empty = (await askPanels()).filter(({ series }) => series === 0);
      return empty.length === 0 || empty.map(placeOf).join(', ');
    });
    report(await askPanels());
  }, 300_000);

  it('has Alertmanager deliver each alert', async () => {
    await until('each was delivered', async () => {
      const missing = ALL_ALERTS.filter((name) => !delivered('firing').has(name));
      return missing.length === 0 || missing.join(', ');
    });
  }, 300_000);

  it('has each alert end when its cause ends, and its end delivered', async () => {
    await cure();
    await until('nothing fires but the watchdog', async () => {
      const left = [...(await firing())].filter((name) => name !== WATCHDOG);
      return left.length === 0 || left.join(', ');
    });
    await until('each end was delivered', async () => {
      const missing = ALL_ALERTS.filter((name) => name !== WATCHDOG && !delivered('resolved').has(name));
      return missing.length === 0 || missing.join(', ');
    });
    const states = new Set((await connections(fleet.all[0], TOKEN)).map(({ state }) => state));
    expect(states).toEqual(new Set(['healthy']));
  }, 600_000);
});

/** What was seen firing at any time. */
const seen = new Set<string>();

async function look(): Promise<void> {
  for (const name of await firing()) seen.add(name);
}

async function fires(...names: readonly string[]): Promise<void> {
  await until('each alert that is waited for fires', async () => {
    await look();
    const missing = names.filter((name) => !seen.has(name));
    return missing.length === 0 || missing.join(', ');
  });
}

/** Also waits until it was delivered: what ends at once may end before Alertmanager has told of it. */
async function isTold(alert: string): Promise<void> {
  await fires(alert);
  await until(`${alert} is delivered`, async () => delivered('firing').has(alert) || 'not yet');
}

function delivered(status: 'firing' | 'resolved'): ReadonlySet<string> {
  const told = watchers.delivered.filter((one) => one.status === status);
  return new Set(told.map(({ labels }) => nameOf(labels['alertname'] ?? '', labels['severity'])));
}

async function causeTroubleOfCredentials(): Promise<void> {
  setCase(fleet, 'revoked', 'revoked');
  setCase(fleet, 'expired', 'revoked');
  setCase(fleet, 'forbidden', 'forbidden');
  setCase(fleet, 'unverifiable', 'html_403');
  setCase(fleet, 'unknown-code', 'unknown_401');
  setMass(fleet, 'revoked');
  setPermission(fleet, 'forbidden');
  fleet.gateways.limited.setBehaviour('*', { kind: 'rate_limited', resetMs: 30_000 });
  await fleet.stopChecks(true);
  // A refusal that is never confirmed, since what comes after it is no answer.
  setCase(fleet, 'refused-then-unverifiable', 'revoked');
  await until('one refusal was counted', async () => {
    const one = (await connections(fleet.all[0], TOKEN)).find(({ id }) => id === 'refused-then-unverifiable');
    return one?.state === 'suspect' || String(one?.state);
  });
  setCase(fleet, 'refused-then-unverifiable', 'html_403');
}

async function causeTroubleOfTheMonitor(): Promise<void> {
  // One receiver refuses for good, the other is away.
  fleet.receivers.gone.status = 410;
  fleet.receivers.away.status = 503;
  // Who comes to a gateway that wants no request at this time is not checked.
  await until('a gateway wants no request', async () => {
    const limited = (await connections(fleet.all[0], TOKEN)).filter(({ id }) => id.startsWith('limited'));
    return limited.some(({ lastVerdict }) => lastVerdict === 'rate_limited') || 'not yet';
  });
  const late = fleet.configWith({ maxPerSecond: TOO_FEW, late: true });
  await Promise.all(fleet.configs.map((config) => config.write(late)));
  await fires(name('MimecastMonitorConnectionsUnchecked'));
  // Those that serve are given a config that they refuse, the worker another one than theirs.
  await fleet.configs[0].write({ version: 1, chekcs: {} });
  await fleet.configs[1].write(fleet.configWith({ maxPerSecond: TOO_FEW + 1 }));
  await fires(name('MimecastMonitorConfigReloadFailed'), name('MimecastMonitorConfigsDiffer'));
}

/** Of the second monitor only a worker is left, then nobody, and then it is not even looked for. */
async function showAnotherMonitorVanish(): Promise<void> {
  await watchers.eu.set(fleet.worker.url);
  await fires(name('MimecastMonitorFleetMissing'));
  await watchers.eu.set(`http://127.0.0.1:${await freePort()}`);
  await fires(name('MimecastMonitorDown'));
  await watchers.eu.set();
  await fires(name('MimecastMonitorAbsent'));
}

async function loseAProcess(): Promise<void> {
  await fleet.stopThird();
  await isTold(name('MimecastMonitorInstanceDown'));
  for (let starts = 1; starts <= 3; starts += 1) {
    const { url, startedAt } = await fleet.restart();
    const instance = new URL(url).host;
    await until(`start ${starts} was scraped`, async () => {
      await look();
      const [found] = await watchers.prometheus.query(`process_start_time_seconds{instance="${instance}"}`);
      return Number(found?.value?.[1] ?? 0) * 1_000 >= startedAt - 1_000 || 'not yet';
    });
  }
  await fires(name('MimecastMonitorRestarting'));
}

async function loseRedis(): Promise<void> {
  await fleet.bridge.cut();
  await isTold(name('MimecastMonitorRedisUnreachable'));
  await fleet.bridge.mend();
  await fleet.fillRedis(true);
  await isTold(name('MimecastMonitorRedisDown'));
  await fleet.fillRedis(false);
}

async function cure(): Promise<void> {
  for (const id of CASES) setCase(fleet, id, 'normal');
  correct(fleet);
  setMass(fleet, 'normal');
  setPermission(fleet, 'normal');
  fleet.gateways.limited.setBehaviour('*', { kind: 'normal' });
  await fleet.stopChecks(false);
  fleet.receivers.gone.status = 204;
  fleet.receivers.away.status = 204;
  const good = fleet.configWith({ maxPerSecond: 100, expiries: false });
  await Promise.all(fleet.configs.map((config) => config.write(good)));
  await watchers.eu.set(fleet.all[0].url);
}

/** The full name of an alert that has one severity. */
function name(alert: string): string {
  const [found, ...others] = ALL_ALERTS.filter((one) => one.startsWith(`${alert} (`));
  if (found === undefined || others.length > 0)
    throw new Error(`${alert} has ${others.length + 1} severities`);
  return found;
}

/** How many series each query returned, where somebody wants to know: `PANELS_REPORT=FILE npm run test:stack`. */
function report(asked: readonly Asked[]): void {
  const path = process.env['PANELS_REPORT'];
  if (path === undefined) return;
  const lines = asked.map(
    ({ dashboard, panel, refId, series }) => `| ${dashboard} | ${panel} | ${refId} | ${series} |`,
  );
  writeFileSync(path, `${lines.join('\n')}\n`);
}
