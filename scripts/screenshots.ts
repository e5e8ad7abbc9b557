// npm run screenshots: pictures of the status page for the README, taken in Chromium of the real HTTP side over a fleet
// that is made up here, so that they look the same each time and show every part of the page.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import type { Page } from 'playwright-core';
import type { Connection } from '../src/domain/connection.ts';
import type { ChannelDelivery } from '../src/domain/delivery.ts';
import type { StateEvent } from '../src/domain/event.ts';
import type { HealthRecord } from '../src/domain/record.ts';
import { createHttpServer } from '../src/http/server.ts';
import { startBrowser, visit } from '../test/helpers/browser.ts';
import { connectionOf, incidentOf, recordOf, revocationOf, UK } from '../test/helpers/fleet.ts';
import { type MemoryFleet, memoryPorts } from '../test/helpers/http-ports.ts';
import { largeFleet } from '../test/helpers/large-fleet.ts';

const FOLDER = new URL('../docs/screenshots/', import.meta.url);
const NOW = Date.now();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

type Entry = readonly [Connection, HealthRecord];

function entry(
  id: string,
  tenant: string,
  more: Partial<Connection>,
  record: Partial<HealthRecord> = {},
): Entry {
  const lastCheckAt = NOW - ((id.length * 37) % 280) * 1_000;
  const connection = connectionOf(id, { tenant, ...more });
  return [
    connection,
    recordOf({ since: NOW - 46 * DAY, lastCheckAt, lastSuccessAt: lastCheckAt, ...record }),
  ];
}

const REFUSED = { lastVerdict: 'rejected', rejections: 3 } as const;
const NO_ANSWER = { lastVerdict: 'gateway_error' } as const;

const entries: readonly Entry[] = [
  entry(
    'acme-siem',
    'Acme Corp',
    { labels: { tier: 'gold', team: 'soc-a' } },
    {
      ...REFUSED,
      state: 'revoked',
      since: NOW - 14 * MINUTE,
      lastSuccessAt: NOW - 19 * MINUTE,
      evidence: {
        verdict: 'rejected',
        httpStatus: 401,
        code: 'InvalidClientIdentifier',
        requestId: '7c9e6679',
      },
    },
  ),
  entry('acme-mdr', 'Acme Corp', {
    labels: { tier: 'gold', team: 'soc-a' },
    secretExpiresAt: NOW + 41 * DAY,
  }),
  entry('globex-siem', 'Globex', { labels: { tier: 'silver' }, secretExpiresAt: NOW + 5 * DAY }),
  entry('initech-siem', 'Initech', { labels: { tier: 'gold' }, secretExpiresAt: NOW + 19 * DAY }),
  entry(
    'umbrella-siem',
    'Umbrella Health',
    { labels: { tier: 'gold', team: 'soc-b' } },
    {
      state: 'suspect',
      since: NOW - 25_000,
      lastVerdict: 'rejected',
      rejections: 1,
      lastSuccessAt: NOW - 5 * MINUTE,
    },
  ),
  entry('hooli-siem', 'Hooli', { labels: { tier: 'silver' } }, { since: NOW - 3 * HOUR }),
  entry('stark-siem', 'Stark Industries', { labels: { tier: 'gold' }, secretExpiresAt: NOW + 88 * DAY }),
  entry(
    'wayne-siem',
    'Wayne Enterprises',
    { labels: { tier: 'gold', team: 'soc-b' } },
    { lastVerdict: 'rate_limited', notBefore: NOW + 10 * MINUTE },
  ),
  entry(
    'oscorp-siem',
    'Oscorp',
    { labels: { tier: 'bronze' } },
    {
      ...REFUSED,
      state: 'never_valid',
      since: NOW - 2 * HOUR,
      lastSuccessAt: null,
    },
  ),
  entry('wonka-siem', 'Wonka Foods', { gateway: UK }, { ...NO_ANSWER, lastSuccessAt: NOW - 22 * MINUTE }),
  entry(
    'tyrell-siem',
    'Tyrell Ltd',
    { gateway: UK },
    {
      ...NO_ANSWER,
      state: 'unverifiable',
      since: NOW - 6 * MINUTE,
      lastSuccessAt: NOW - 41 * MINUTE,
    },
  ),
  entry(
    'cyberdyne-siem',
    'Cyberdyne UK',
    { gateway: UK },
    { ...NO_ANSWER, lastSuccessAt: NOW - 24 * MINUTE },
  ),
  entry('soylent-siem', 'Soylent plc', { gateway: UK, enabled: false }, {}),
];

const told = (at: number) => ({ due: null, since: null, held: null, toldAt: at, quiet: null });
const audience = (channels: readonly string[], id: string) => [
  { channels, total: 1, ids: [id], tenant: null },
];

function connection(id: string): Connection {
  const found = entries.find(([one]) => one.id === id);
  if (!found) throw new Error(`There is no ${id}`);
  return found[0];
}

const fleet: MemoryFleet = {
  entries,
  open: [
    incidentOf(connection('acme-siem'), {
      startedAt: NOW - 14 * MINUTE,
      audiences: audience(['soc-slack', 'pagerduty'], 'acme-siem'),
      notice: told(NOW - 14 * MINUTE + 3_000),
    }),
    incidentOf(null, {
      id: 'e1-uk-api-gateway_outage-7',
      kind: 'gateway_outage',
      cause: null,
      severity: 'warning',
      subject: UK,
      evidence: null,
      members: ['cyberdyne-siem', 'tyrell-siem', 'wonka-siem'],
      detail: '3 of the 3 connections that were checked lately got no usable answer (3 × gateway_error).',
      startedAt: NOW - 21 * MINUTE,
      audiences: [{ channels: ['soc-slack'], total: 3, ids: [], tenant: null }],
      notice: told(NOW - 21 * MINUTE),
    }),
    incidentOf(connection('oscorp-siem'), {
      cause: 'never_valid',
      severity: 'warning',
      startedAt: NOW - 2 * HOUR,
      audiences: audience(['soc-slack'], 'oscorp-siem'),
      notice: told(NOW - 2 * HOUR + 30_000),
    }),
    incidentOf(connection('tyrell-siem'), {
      kind: 'credential_unverifiable',
      cause: null,
      severity: 'warning',
      startedAt: NOW - 6 * MINUTE,
      audiences: [],
      notice: { due: 'firing', since: NOW - 6 * MINUTE, held: 'outage', toldAt: null, quiet: null },
    }),
  ],
  past: [
    incidentOf(connection('hooli-siem'), {
      id: 'e1-hooli-siem-credential_invalid-3',
      startedAt: NOW - 5 * HOUR,
      resolvedAt: NOW - 3 * HOUR,
      resolution: 'recovered',
    }),
    incidentOf(connection('stark-siem'), {
      id: 'e1-stark-siem-credential_expiring-3',
      kind: 'credential_expiring',
      cause: null,
      severity: 'warning',
      startedAt: NOW - 9 * DAY,
      resolvedAt: NOW - 2 * DAY,
      resolution: 'recovered',
    }),
  ],
};

/** The pager was away when Acme's keys were revoked. */
function deliveries(ids: readonly string[]): ReadonlyMap<string, readonly ChannelDelivery[]> {
  return new Map(
    ids.map((id) => {
      const started = fleet.open?.find((one) => one.id === id)?.startedAt ?? NOW;
      const last = { notification: `${id}-1`, at: started + 3_000, since: started + 3_000, attempts: 1 };
      const delivered = { ...last, result: 'delivered', failure: null, reason: null } as const;
      const retried = {
        ...last,
        result: 'retried',
        attempts: 5,
        failure: 'unreachable',
        reason: 'HTTP 503',
      } as const;
      return [
        id,
        [
          { channel: 'soc-slack', last: delivered, waits: false },
          { channel: 'pagerduty', last: retried, waits: true },
        ],
      ];
    }),
  );
}

/** A revocation, and one spurious refusal before it that came to nothing; newest first. */
function history(id: string): readonly StateEvent[] {
  const event = revocationOf(connection(id));
  const valid = { verdict: 'valid', httpStatus: 200, code: null, requestId: null } as const;
  return [
    { ...event, at: NOW - 14 * MINUTE },
    {
      ...event,
      at: NOW - 15 * MINUTE,
      from: 'healthy',
      to: 'suspect',
      reason: 'first_rejection',
      rejections: 1,
    },
    { ...event, at: NOW - 2 * DAY, from: 'suspect', to: 'healthy', reason: 'recovered', evidence: valid },
    {
      ...event,
      at: NOW - 2 * DAY - HOUR,
      from: 'healthy',
      to: 'suspect',
      reason: 'first_rejection',
      rejections: 1,
    },
    { ...event, at: NOW - 6 * DAY, from: 'pending', to: 'healthy', reason: 'first_success', evidence: valid },
  ];
}

async function serve(shown: MemoryFleet) {
  const memory = memoryPorts(shown, { now: Date.now });
  const records = { ...memory.records, history: async (id: string) => history(id) };
  const incidents = { ...memory.incidents, deliveries: async (ids: readonly string[]) => deliveries(ids) };
  const ports = { ...memory, records, incidents };
  await ports.silences.add({
    match: { tenant: 'Umbrella Health' },
    startsAt: NOW - HOUR,
    endsAt: NOW + 3 * HOUR,
    reason: 'moves to a new SIEM, ticket 4711',
    author: 'kim',
  });
  return createHttpServer({
    listen: { host: '127.0.0.1', port: 0 },
    token: null,
    allowUnauthenticated: false,
    tls: null,
    logger: pino({ level: 'warn' }),
    role: 'all',
    ports,
  });
}

await mkdir(FOLDER, { recursive: true });
const small = await serve(fleet);
const large = await serve(largeFleet(10_000, NOW));
const browser = await startBrowser();

async function picture(
  name: string,
  url: string,
  { dark = false, width = 1_440, height = 1_000 }: { dark?: boolean; width?: number; height?: number } = {},
  prepare: (page: Page) => Promise<unknown> = async () => {},
): Promise<void> {
  const colorScheme = dark ? 'dark' : 'light';
  const { page, close } = await visit(browser, url, { colorScheme, viewport: { width, height } });
  await page.locator('#live', { hasText: /^Live/ }).waitFor();
  await prepare(page);
  await page.screenshot({ path: fileURLToPath(new URL(`${name}.png`, FOLDER)) });
  await close();
  process.stdout.write(`docs/screenshots/${name}.png\n`);
}

try {
  await picture('light', small.url);
  await picture('dark', small.url, { dark: true });
  await picture('details', `${small.url}/#connection=acme-siem`, {}, (page) =>
    page.getByRole('button', { name: 'Check now' }).waitFor(),
  );
  await picture('phone', small.url, { width: 390, height: 1_500 });
  await picture('ten-thousand', `${large.url}/#sort=-since`, {}, (page) =>
    page.locator('#connections-heading').evaluate((heading) => heading.scrollIntoView()),
  );
} finally {
  await browser.close();
  await Promise.all([small.close(), large.close()]);
}
