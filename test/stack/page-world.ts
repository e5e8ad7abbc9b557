import type { Browser, Page } from 'playwright-core';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { type Cleanup, eventually, QUICK_CHECKS, type Shown } from '../e2e/world.ts';
import { startBrowser, type Visit, visit } from '../helpers/browser.ts';
import { makeConfigFolder } from '../helpers/config-file.ts';
import type { MonitorProcess } from '../helpers/monitor-process.ts';
import { startWebhookReceiver } from '../helpers/webhook-receiver.ts';

export const TOKEN = 'a-token-of-the-test';
export const NASTY_TENANT = '<img src=x onerror="window.hacked=1">';
export const NASTY_LABEL = '"><script>window.hacked=1</script>';

const DAY = 86_400_000;

/** Who is who; the last one was given a mistyped secret. */
const NAMES = ['acme', 'globex', 'initech', 'hooli', 'wonka', 'tyrell', 'nasty', 'oscorp'] as const;

export interface PageWorld {
  readonly monitor: MonitorProcess;
  readonly us: Simulator;
  readonly uk: Simulator;
  readonly browser: Browser;
  /** A signed-in window on the page, once it is live. */
  open(hash?: string): Promise<Visit>;
}

/** A built monitor that asks for a token, two simulated gateways, somebody who is told, and a browser. */
export async function startPageWorld(cleanup: Cleanup): Promise<PageWorld> {
  const keys = NAMES.map((name) => ({ clientId: `${name}-id`, clientSecret: `${name}-secret` }));
  const us = cleanup.add(await startSimulator({ keys }), (it) => it.close());
  const uk = cleanup.add(await startSimulator({ keys }), (it) => it.close());
  const soc = cleanup.add(await startWebhookReceiver(), (it) => it.close());
  const config = cleanup.add(
    await makeConfigFolder({
      version: 1,
      checks: QUICK_CHECKS,
      alerts: { channels: { soc: { type: 'webhook', url: soc.url } } },
      dataDir: './data',
      http: { listen: '127.0.0.1:0', token: { file: './token' } },
      connections: NAMES.map((name) => connectionOf(name, us.origin, uk.origin)),
    }),
    (it) => it.remove(),
  );
  await config.writeFile('token', TOKEN);
  const browser = cleanup.add(await startBrowser(), (it) => it.close());
  const monitor = await cleanup.start(['--config', config.path]);
  return { monitor, us, uk, browser, open: (hash = '') => openPage(browser, monitor, hash) };
}

function connectionOf(name: (typeof NAMES)[number], us: string, uk: string) {
  const more = {
    acme: { tenant: 'Acme Corp', labels: { tier: 'gold' }, secretExpiresAt: day(20) },
    globex: { tenant: 'Globex', labels: { tier: 'silver' }, secretExpiresAt: day(5), probe: {} },
    initech: { tenant: 'Initech', labels: { tier: 'gold' } },
    hooli: { tenant: 'Hooli', enabled: false },
    wonka: { tenant: 'Wonka Foods', baseUrl: uk },
    tyrell: { tenant: 'Tyrell Ltd', baseUrl: uk },
    nasty: { tenant: NASTY_TENANT, labels: { note: NASTY_LABEL } },
    oscorp: { tenant: 'Oscorp', clientSecret: 'mistyped' },
  }[name];
  const keys = { clientId: `${name}-id`, clientSecret: `${name}-secret` };
  return { id: `${name}-siem`, baseUrl: us, ...keys, ...more };
}

function day(ahead: number): string {
  return new Date(Date.now() + ahead * DAY).toISOString().slice(0, 10);
}

async function openPage(browser: Browser, monitor: MonitorProcess, hash: string): Promise<Visit> {
  const seen = await visit(browser, `${monitor.url}/${hash}`, {
    httpCredentials: { username: 'soc', password: TOKEN },
  });
  await isLive(seen.page);
  return seen;
}

export async function isLive(page: Page): Promise<void> {
  await page.locator('#live', { hasText: /^Live/ }).waitFor();
}

/** The ids of the rows, from the first to the last. */
export async function ids(page: Page): Promise<readonly string[]> {
  return page.locator('#rows a.id').allTextContents();
}

/** Waits until the rows are these, in this order. */
export async function showsRows(page: Page, wanted: readonly string[]): Promise<void> {
  let seen: readonly string[] = [];
  try {
    await eventually('the rows are as wanted', async () => {
      seen = await ids(page);
      return seen.join() === wanted.join();
    });
  } catch {
    throw new Error(`The rows are ${seen.join(', ')}, not ${wanted.join(', ')}`);
  }
}

export type { Shown };
