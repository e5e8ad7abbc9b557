/**
 * What a scrape costs: `npx tsx bench/exposition.ts [FLEET…]`, by default for 10,000 and 100,000 connections.
 * Summaries are parsed from their stored text, as after a read from Redis; the network is left out. Prints medians of
 * five scrapes after one that fills the label cache.
 */
import { performance } from 'node:perf_hooks';
import { createGzip } from 'node:zlib';
import type { Connection } from '../src/domain/connection.ts';
import { newRecord } from '../src/domain/record.ts';
import { Secret } from '../src/domain/secret.ts';
import { type FleetSource, renderFleet } from '../src/metrics/exposition.ts';
import { readSummary, writeSummary } from '../src/store/serialise.ts';

const ROUNDS = 5;
const NOW = Date.UTC(2026, 0, 1);
const GATEWAY = 'https://us-api.services.mimecast.com';

const sizes = process.argv.slice(2).map(Number);
for (const size of sizes.length > 0 ? sizes : [10_000, 100_000]) await measure(size);

async function measure(size: number): Promise<void> {
  const source = fleetOf(size);
  await scrape(source);
  const plain = [];
  for (let round = 0; round < ROUNDS; round++) plain.push(await scrape(source));
  const packed = [];
  for (let round = 0; round < ROUNDS; round++) packed.push(await scrapeGzip(source));
  const bytes = plain[0]?.bytes ?? 0;
  console.log(
    `${size} connections: ${(bytes / 1e6).toFixed(1)} MB, ${of(plain, 'ms')} ms, longest block ${of(plain, 'block')} ms, ` +
      `${of(plain, 'peakMb')} MB above idle; with gzip ${of(packed, 'ms')} ms, longest block ${of(packed, 'block')} ms`,
  );
}

interface Scrape {
  readonly ms: number;
  readonly block: number;
  readonly bytes: number;
  readonly peakMb: number;
}

async function scrape(source: FleetSource): Promise<Scrape> {
  return watched(async (take) => {
    for await (const text of renderFleet(source)) take(Buffer.byteLength(text));
  });
}

async function scrapeGzip(source: FleetSource): Promise<Scrape> {
  return watched(async (take) => {
    const gzip = createGzip({ level: 1 });
    const drained = (async () => {
      for await (const piece of gzip) take((piece as Buffer).length);
    })();
    for await (const text of renderFleet(source)) {
      if (!gzip.write(text)) await new Promise((resolve) => gzip.once('drain', resolve));
    }
    gzip.end();
    await drained;
  });
}

/** Runs `work`, looking every millisecond how late the event loop is. */
async function watched(work: (take: (bytes: number) => void) => Promise<void>): Promise<Scrape> {
  globalThis.gc?.();
  const idle = process.memoryUsage().heapUsed;
  let [bytes, block, peak] = [0, 0, idle];
  let last = performance.now();
  const probe = setInterval(() => {
    const now = performance.now();
    block = Math.max(block, now - last - 1);
    last = now;
    peak = Math.max(peak, process.memoryUsage().heapUsed);
  }, 1);
  const begun = performance.now();
  await work((more) => {
    bytes += more;
  });
  const ms = performance.now() - begun;
  clearInterval(probe);
  return { ms, block, bytes, peakMb: (peak - idle) / 1e6 };
}

function of(scrapes: readonly Scrape[], figure: 'ms' | 'block' | 'peakMb'): string {
  const sorted = scrapes.map((one) => one[figure]).sort((a, b) => a - b);
  return (sorted[Math.floor(sorted.length / 2)] ?? Number.NaN).toFixed(figure === 'block' ? 1 : 0);
}

function fleetOf(size: number): FleetSource {
  const connections = Array.from({ length: size }, (_, index) => connectionOf(`tenant-${index}-siem`, index));
  const texts = new Map(connections.map(({ id }, index) => [id, recordText(index)]));
  return {
    connections: () => connections,
    readSummaries: async (ids) => ids.map((id) => readSummary(texts.get(id) ?? '')),
    openIncidents: async () => [],
  };
}

function connectionOf(id: string, index: number): Connection {
  const value = new Secret('not used');
  return {
    id,
    tenant: `Customer ${index} Ltd`,
    gateway: GATEWAY,
    clientId: { kind: 'literal', value },
    clientSecret: { kind: 'literal', value },
    intervalMs: 300_000,
    timeoutMs: 10_000,
    confirmations: 3,
    secretExpiresAt: NOW + 30 * 86_400_000,
    labels: { tier: 'gold', owner: 'soc-a' },
    channels: null,
    enabled: true,
  };
}

function recordText(index: number): string {
  const fingerprint = `print-${index}`.padEnd(22, 'x');
  return writeSummary({
    ...newRecord(GATEWAY, NOW, null),
    version: 1_000,
    state: 'healthy',
    fingerprint,
    fingerprintSince: NOW,
    validFingerprints: [fingerprint],
    lastCheckAt: NOW + index,
    lastVerdict: 'valid',
    lastSuccessAt: NOW + index,
    tokenLifetimeSeconds: 1_799,
    evidence: { verdict: 'valid', httpStatus: 200, code: null, requestId: null },
  });
}
