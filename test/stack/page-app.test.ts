import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { Browser } from 'playwright-core';
import { Secret } from '../../src/domain/secret.ts';
import { createHttpServer, type HttpServer } from '../../src/http/server.ts';
import { Cleanup, eventually } from '../e2e/world.ts';
import { accessibilityFaults, startBrowser, visit } from '../helpers/browser.ts';
import { connectionOf, recordOf } from '../helpers/fleet.ts';
import { type MemoryFleet, memoryPorts } from '../helpers/http-ports.ts';
import { largeFleet } from '../helpers/large-fleet.ts';
import { isLive } from './page-world.ts';

/** The page of the real HTTP side, on a fleet that nobody has to check. */

const everything = new Cleanup();
const cleanup = new Cleanup();
let browser: Browser;
beforeAll(async () => {
  browser = everything.add(await startBrowser(), (it) => it.close());
});
afterEach(() => cleanup.run());
afterAll(() => everything.run());

function serve(size: number, more: { token?: string; port?: number } = {}): Promise<HttpServer> {
  return serveFleet(largeFleet(size, Date.now()), more);
}

function serveFleet(fleet: MemoryFleet, more: { token?: string; port?: number } = {}): Promise<HttpServer> {
  return createHttpServer({
    listen: { host: '127.0.0.1', port: more.port ?? 0 },
    token: more.token === undefined ? null : new Secret(more.token),
    allowUnauthenticated: false,
    tls: null,
    logger: pino({ level: 'silent' }),
    role: 'all',
    ports: memoryPorts(fleet, { now: Date.now }),
  });
}

describe('a page whose monitor', () => {
  it('went away says so and how old it is, and goes on by itself when it is back', async () => {
    const server = await serve(100);
    const { page, close } = await visit(browser, server.url);
    cleanup.add(close, (end) => end());
    await isLive(page);
    await page.evaluate('window.same = true');
    await server.close();
    const alert = page.getByRole('alert').filter({ hasText: "The monitor can't be reached." });
    await alert.getByText(/What you see is \d+s old/).waitFor();
    expect(await page.locator('#live').textContent()).toMatch(/^Not live/);
    // What was known is still there to be read.
    expect(await page.locator('#rows tr').count()).toBe(50);
    cleanup.add(await serve(100, { port: server.port }), (again) => again.close());
    await isLive(page);
    expect(await alert.isVisible()).toBe(false);
    expect(await page.evaluate('window.same')).toBe(true);
  });

  it('asks for another token now says so, once, and waits for the reader', async () => {
    const server = await serve(100, { token: 'first' });
    const { page, requests, close } = await visit(browser, server.url, {
      httpCredentials: { username: 'soc', password: 'first' },
    });
    cleanup.add(close, (end) => end());
    await isLive(page);
    await server.close();
    await page.getByText("The monitor can't be reached.").waitFor();
    cleanup.add(await serve(100, { port: server.port, token: 'second' }), (it) => it.close());
    await page.getByText('The monitor asks for its token again.').waitFor();
    await page.getByRole('button', { name: 'Sign in again' }).waitFor();
    const asked = requests.length;
    // Longer than the page waits between two askings: nothing to wait for but time.
    await page.waitForTimeout(6_000);
    expect(requests.length).toBe(asked);
  });

  it('serves another page now says so once, and leaves the button to the reader who stands on it', async () => {
    const server = cleanup.add(await serve(100), (it) => it.close());
    const { page, close } = await visit(browser, server.url);
    cleanup.add(close, (end) => end());
    await page.route('**/api/v1/overview', async (route) => {
      // Whole each time: "not changed" would leave what the page knows.
      const { 'if-none-match': _, ...headers } = route.request().headers();
      const answer = await route.fetch({ headers });
      const body = (await answer.text()).replace(/"pageVersion":"[^"]*"/, '"pageVersion":"another"');
      await route.fulfill({ response: answer, body });
    });
    const button = page.getByRole('alert').getByRole('button', { name: 'Load the page again' });
    await button.focus();
    await page.evaluate(
      'window.changes = 0; new MutationObserver((list) => { window.changes += list.length; }).observe(document.querySelector("#notice"), { attributes: true, childList: true, subtree: true })',
    );
    const asked = () =>
      page.waitForResponse((answer) =>
        answer.url().endsWith('/api/v1/silences?status=active&status=pending'),
      );
    await asked();
    // By then the answer before it has been drawn.
    await asked();
    expect(await page.evaluate('window.changes')).toBe(0);
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Load the page again');
    // An answer that is being put in place is waited for: it would fail in the middle of another test.
    await page.unrouteAll({ behavior: 'wait' });
    await button.click();
    await isLive(page);
    expect(await button.isVisible()).toBe(false);
  });

  it('asks nobody while nobody looks', async () => {
    const server = cleanup.add(await serve(100), (it) => it.close());
    const { page, requests, close } = await visit(browser, server.url);
    cleanup.add(close, (end) => end());
    await isLive(page);
    const hide = (hidden: boolean) =>
      page.evaluate(
        `Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true }); document.dispatchEvent(new Event('visibilitychange'))`,
      );
    await hide(true);
    const asked = requests.length;
    await page.waitForTimeout(6_000);
    expect(requests.length).toBe(asked);
    await hide(false);
    await eventually('it asks again', () => requests.length > asked);
  });

  it('is reached by another name takes no changes from it, and the page offers none', async () => {
    const server = cleanup.add(await serve(10), (it) => it.close());
    const { page, close } = await visit(browser, server.url);
    cleanup.add(close, (end) => end());
    await isLive(page);
    expect(await page.getByRole('button', { name: 'Add a silence' }).isVisible()).toBe(true);
    // A proxy in between that asks the monitor by a name of its own.
    await page.route('**/', async (route) => {
      const answer = await route.fetch();
      const body = (await answer.text()).replace(/data-host="[^"]*"/, 'data-host="monitor.internal"');
      await route.fulfill({ response: answer, body });
    });
    await page.reload();
    await isLive(page);
    expect(await page.getByRole('button', { name: 'Add a silence' }).isVisible()).toBe(false);
  });
});

describe('long names', () => {
  const gateway = 'https://mimecast-egress-proxy.security-operations.eu-central-1.example.com';
  const fleet: MemoryFleet = {
    entries: [
      [
        connectionOf('acme-production-siem-eu-central', {
          tenant: 'Acme International Holdings',
          gateway,
          labels: { tier: 'gold', team: 'soc-a' },
        }),
        recordOf({ state: 'unverifiable', lastVerdict: 'unexpected_response' }),
      ],
      [connectionOf('globex'), recordOf({ lastVerdict: 'secret_unavailable', lastSuccessAt: null })],
      [connectionOf('initech'), recordOf({ state: 'suspect', rejections: 2, lastVerdict: 'rejected' })],
    ],
  };
  /** The words that stand in more than one line: those between spaces, dots, hyphens and underscores. */
  const BROKEN = `(() => {
    const broken = [];
    for (const part of document.querySelectorAll('#rows, #gateways, #totals')) {
      const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
        for (const { 0: word, index } of node.data.matchAll(/[^\\s._-]+/g)) {
          const range = document.createRange();
          range.setStart(node, index);
          range.setEnd(node, index + word.length);
          if (new Set([...range.getClientRects()].map(({ top }) => top)).size > 1) broken.push(word);
        }
      }
    }
    return broken;
  })()`;

  it.each([1_400, 1_280, 1_265, 1_200, 1_009, 700, 320])(
    'go on in the next line only between their parts, and nothing is wider than the page: %i pixels',
    async (width) => {
      const server = cleanup.add(await serveFleet(fleet), (it) => it.close());
      const { page, close } = await visit(browser, server.url, { viewport: { width, height: 900 } });
      cleanup.add(close, (end) => end());
      await isLive(page);
      expect(await page.evaluate(BROKEN)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      const cut = await page
        .locator('.card, .total')
        .evaluateAll((boxes) => boxes.filter((box) => box.scrollWidth > box.clientWidth).length);
      expect(cut).toBe(0);
    },
  );
});

describe('the parts of the page', () => {
  it('that stand far below on a narrow screen are a link away, which leaves the rows as they are', async () => {
    const server = cleanup.add(await serve(100), (it) => it.close());
    const { page, close } = await visit(browser, `${server.url}/#state=healthy`, {
      viewport: { width: 320, height: 700 },
    });
    cleanup.add(close, (end) => end());
    await isLive(page);
    await page.getByRole('navigation', { name: 'Parts of this page' }).getByText('Silences').click();
    await page.waitForFunction(
      '(({ top }) => top >= 0 && top < 700)(document.querySelector("#silences-heading").getBoundingClientRect())',
    );
    expect(await page.evaluate('document.activeElement.id')).toBe('silences-heading');
    expect(new URL(page.url()).hash).toBe('#state=healthy');
    await page.setViewportSize({ width: 1_400, height: 900 });
    expect(await page.getByRole('navigation', { name: 'Parts of this page' }).isVisible()).toBe(false);
  });
});

describe('10,000 connections', () => {
  it('are painted, searched and paged through; the figures are printed', async () => {
    const server = cleanup.add(await serve(10_000), (it) => it.close());
    // Once for the machine to have read everything, as a monitor that has run for a while.
    const first = await visit(browser, server.url);
    await first.close();
    const { page, complaints, close } = await visit(browser, server.url);
    cleanup.add(close, (end) => end());
    await isLive(page);
    const painted = Number(
      await page.evaluate('performance.getEntriesByName("first-contentful-paint")[0].startTime'),
    );
    expect(await page.locator('#rows tr').count()).toBe(50);
    // Anything that held the page up for longer than 50 ms while somebody types.
    await page.evaluate(
      'window.held = []; new PerformanceObserver((list) => window.held.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" })',
    );
    await page.getByLabel('Search').pressSequentially('initech legal 2', { delay: 60 });
    await page.locator('#found', { hasText: /^\d+ connections fit the filter$/ }).waitFor();
    const held = (await page.evaluate('window.held')) as readonly number[];
    process.stdout.write(
      `10,000 connections: first contentful paint after ${painted.toFixed(0)} ms; while typing 15 letters the page was held ` +
        `up ${held.length} times, ${Math.max(0, ...held).toFixed(0)} ms at the longest\n`,
    );
    // A page that waits for its data, or draws all rows, takes many times as long even on a busy machine.
    expect(painted).toBeLessThan(10_000);
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByRole('button', { name: 'Next ›' }).click();
    await page.getByText('51–100 of 10,000').waitFor();
    await page.getByRole('button', { name: 'Last »' }).click();
    await page.getByText('9,951–10,000 of 10,000').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
