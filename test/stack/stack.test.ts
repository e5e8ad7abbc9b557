import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Cleanup, connections, type Shown } from '../e2e/world.ts';
import { dashboards, EMPTY_BY_DESIGN, withVariables } from '../grafana/panels.ts';
import { CASES, type Fleet, rotate, setCase, setMass, startFleet, TOKEN } from './fleet.ts';
import { ALERTS } from './rule-files.ts';
import { startWatchers, type Watchers } from './world.ts';

const WATCHDOG = 'MimecastMonitorWatchdog';
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
  for (const { name, health, lastError } of rules)
    expect({ name, health, lastError }).toMatchObject({ health: 'ok' });
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

/** Asks every query of every panel as Grafana would, with every variable set to All. */
async function askPanels(): Promise<readonly Asked[]> {
  const asked: Asked[] = [];
  for (const { uid, panels } of dashboards()) {
    for (const { title, targets } of panels) {
      for (const { refId, expr, range } of targets) {
        const query = withVariables(expr, {}, { interval: '5s', rateInterval: '20s', range: '5m' });
        const { prometheus } = watchers;
        const found = range ? await prometheus.queryRange(query, 60, 5) : await prometheus.query(query);
        asked.push({ dashboard: uid, panel: title, refId, series: found.length });
      }
    }
  }
  return asked;
}

const placeOf = ({ dashboard, panel, refId }: Omit<Asked, 'series'>) => `${dashboard} / ${panel} / ${refId}`;

describe('a fleet that is well', () => {
  it('is shown by every panel but those that show trouble', async () => {
    // What is declared to expire, or can't be checked in time, is wrong from the start; the panels see it later.
    await until('every connection is healthy', async () => {
      const waiting = [...(await states()).values()].filter(({ state }) => state !== 'healthy');
      return waiting.length === 0 || `${waiting[0]?.id} is ${waiting[0]?.state}`;
    });
    const byDesign = new Set(EMPTY_BY_DESIGN.map(placeOf));
    await until('every panel has data', async () => {
      const empty = (await askPanels()).filter((one) => one.series === 0 && !byDesign.has(placeOf(one)));
      return empty.length === 0 || empty.map(placeOf).join(', ');
    });
  }, 300_000);
});

describe('a fleet with every trouble that there is an alert for', () => {
  const seen = new Set<string>();
  const look = async () => {
    for (const name of await firing()) seen.add(name);
    return seen;
  };
  const fires = (...names: readonly string[]) =>
    until(`${names.join(', ')} fires`, async () => {
      await look();
      const missing = names.filter((name) => !seen.has(name));
      return missing.length === 0 || `${missing.join(', ')} of ${[...seen].join(', ')}`;
    });

  it('has each alert fire', async () => {
    const [first] = fleet.all;
    // What goes wrong with single connections.
    setCase(fleet, 'revoked', 'revoked');
    setCase(fleet, 'expired', 'revoked');
    setCase(fleet, 'forbidden', 'forbidden');
    setCase(fleet, 'unverifiable', 'html_403');
    setCase(fleet, 'unknown-code', 'unknown_401');
    rotate(fleet, 'never-valid', 'another-secret');
    // A refusal that was never confirmed, since what came after it was no answer.
    setCase(fleet, 'refused-then-unverifiable', 'revoked');
    await until('one refusal was counted', async () => {
      const { state } = (await states()).get('refused-then-unverifiable') ?? { state: 'gone' };
      return state === 'suspect' || state;
    });
    setCase(fleet, 'refused-then-unverifiable', 'html_403');
    // Many at once, and gateways in trouble.
    setMass(fleet, 'revoked');
    fleet.gateways.limited.setBehaviour('*', { kind: 'rate_limited', resetMs: 30_000 });
    // The channels, one refused for good and one away.
    fleet.receivers.gone.status = 410;
    fleet.receivers.away.status = 503;
    // The worker has another config, and those that serve are given one that they refuse.
    await fleet.configs[1].write(fleet.configWith({ maxPerSecond: 5 }));
    await fleet.configs[0].write({ version: 1, chekcs: {} });
    for (let starts = 0; starts < 3; starts += 1) await look();
    await fires('MimecastMonitorConfigsDiffer (warning)', 'MimecastMonitorConfigReloadFailed (warning)');
    expect(first.lines.some(({ msg }) => /refused/.test(msg))).toBe(true);
  }, 300_000);
});
void [CASES, WATCHDOG, ALL_ALERTS];
