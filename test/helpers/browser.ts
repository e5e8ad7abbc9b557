import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { findTool } from './tool.ts';

/** No question to anybody but the monitor under test. */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface Browser {
  readonly context: BrowserContext;
  /** Addresses that were asked for, in order. */
  readonly requests: readonly string[];
  /** What the console said that it should not: errors, and refusals of the content security policy. */
  readonly complaints: readonly string[];
  open(): Promise<Page>;
  close(): Promise<void>;
}

/** A real headless Chromium with an empty profile of its own. */
export async function startBrowser(options: BrowserContextOptions = {}): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'mcm-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findTool('chromium'),
    headless: true,
    args: ARGS,
    locale: 'en-GB',
    timezoneId: 'UTC',
    viewport: { width: 1_400, height: 950 },
    ...options,
  });
  const requests: string[] = [];
  const complaints: string[] = [];
  context.on('request', (request) => requests.push(request.url()));
  context.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  context.on('weberror', (error) => complaints.push(String(error.error())));
  return {
    context,
    requests,
    complaints,
    open: () => context.newPage(),
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
