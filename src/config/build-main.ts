import { resolve } from 'node:path';
import type { ChannelTypes } from '../domain/channel.ts';
import { formatDuration } from '../domain/duration.ts';
import { gatewayOrigin } from '../domain/gateway.ts';
import { buildAlerts } from './build-alerts.ts';
import { type Rules, unknownChannel } from './build-connection.ts';
import { buildReference, type Literals, literalMistake } from './build-reference.ts';
import type { Config, HttpConfig } from './config.ts';
import { listenRefusal, parseListen } from './listen.ts';
import type { Sections } from './read-sections.ts';
import type { Report } from './report.ts';
import type { Source } from './source.ts';

interface Context {
  readonly channelTypes: ChannelTypes;
  readonly literals: Literals;
  readonly report: Report;
}

/** What the main file settles. `config` is null when a section has mistakes; they are in the report. */
export interface MainSettings {
  readonly config: Omit<Config, 'path' | 'watched' | 'hash' | 'connections' | 'warnings'> | null;
  readonly rules: Pick<Rules, 'checks' | 'defaults' | 'channelNames'>;
}

export function buildMain(main: Source, sections: Sections, context: Context): MainSettings {
  const channelNames = channelNamesOf(main);
  const rules = { checks: sections.checks, defaults: sections.defaults, channelNames };
  checkRoutes(main, channelNames, context.report);
  checkTiming(main, sections, context.report);
  checkDefaults(main, rules, context.report);
  const { checks, expiry, alerts, redis, dataDir, http } = sections;
  const builtAlerts = alerts === null ? null : buildAlerts(alerts, { ...context, source: main });
  const builtHttp = http === null ? null : buildHttp(main, http, context);
  const redisUrl = redis?.url === undefined ? null : buildRedisUrl(main, redis.url, context);
  if (checks === null || expiry === null || builtAlerts === null || dataDir === null || builtHttp === null) {
    return { config: null, rules };
  }
  const { confirmDelay, unverifiableAfter, concurrency, maxPerSecond, codes } = checks;
  return {
    rules,
    config: {
      checks: {
        confirmDelayMs: confirmDelay,
        unverifiableAfterMs: unverifiableAfter,
        concurrency,
        maxPerSecond,
        codes,
      },
      expiry: { warnBeforeMs: [...new Set(expiry.warnBefore)].toSorted((a, b) => b - a) },
      alerts: { ...builtAlerts, defaultChannels: sections.defaults?.channels ?? [] },
      redisUrl,
      dataDir: resolve(main.directory, dataDir),
      http: builtHttp,
    },
  };
}

/**
 * Names and routes are looked at as they stand in the file: a mistake elsewhere in the section must neither hide a
 * wrong name nor make a good one look wrong.
 */
function channelNamesOf(main: Source): ReadonlySet<string> {
  const channels = fieldOf(fieldOf(main.value, 'alerts'), 'channels');
  return new Set(typeof channels === 'object' && channels !== null ? Object.keys(channels) : []);
}

function checkRoutes(main: Source, known: ReadonlySet<string>, report: Report): void {
  for (const [index, route] of listOf(fieldOf(fieldOf(main.value, 'alerts'), 'routes')).entries()) {
    for (const [position, name] of listOf(fieldOf(route, 'channels')).entries()) {
      if (typeof name !== 'string' || known.has(name)) continue;
      report.mistake(main, ['alerts', 'routes', index, 'channels', position], unknownChannel(name, known));
    }
  }
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function checkTiming(main: Source, sections: Sections, report: Report): void {
  const { checks, defaults } = sections;
  if (checks === null) return;
  if (checks.timeout >= checks.interval) {
    const message = `must be less than checks.interval, which is ${formatDuration(checks.interval)}`;
    report.mistake(main, ['checks', 'timeout'], message);
    return;
  }
  if (defaults === null || (defaults.interval === undefined && defaults.timeout === undefined)) return;
  const interval = defaults.interval ?? checks.interval;
  const timeout = defaults.timeout ?? checks.timeout;
  if (timeout < interval) return;
  const key = defaults.timeout === undefined ? 'interval' : 'timeout';
  const message =
    key === 'timeout'
      ? `must be less than the interval of ${formatDuration(interval)}`
      : `must be longer than the timeout of ${formatDuration(timeout)}`;
  report.mistake(main, ['defaults', key], message);
}

function checkDefaults(main: Source, rules: MainSettings['rules'], report: Report): void {
  const { defaults, checks, channelNames } = rules;
  if (defaults === null) return;
  if (defaults.region !== undefined && defaults.baseUrl !== undefined) {
    report.mistake(main, ['defaults', 'baseUrl'], 'stands beside region; keep one of them');
  } else if (defaults.baseUrl !== undefined && checks !== null) {
    const answer = gatewayOrigin(defaults.baseUrl, checks.allowedHosts);
    if (!answer.ok) report.mistake(main, ['defaults', 'baseUrl'], answer.message);
  }
  for (const [index, name] of (defaults.channels ?? []).entries()) {
    if (!channelNames.has(name))
      report.mistake(main, ['defaults', 'channels', index], unknownChannel(name, channelNames));
  }
}

function buildHttp(main: Source, raw: NonNullable<Sections['http']>, context: Context): HttpConfig {
  const { report, literals } = context;
  const listen = parseListen(raw.listen);
  if (listen === null) {
    report.mistake(
      main,
      ['http', 'listen'],
      'must be an address and a port such as 127.0.0.1:9464 or [::1]:9464',
    );
  }
  if (raw.token !== undefined) {
    const wrong = literalMistake(raw.token);
    if (wrong !== null) report.mistake(main, ['http', 'token'], wrong);
    if (typeof raw.token === 'string') literals.add(main, ['http', 'token']);
  }
  const http: HttpConfig = {
    host: listen?.host ?? '127.0.0.1',
    port: listen?.port ?? 0,
    token: raw.token === undefined ? null : buildReference(raw.token, main.directory),
    allowUnauthenticated: raw.allowUnauthenticated,
    tls:
      raw.tls === undefined
        ? null
        : { certPath: resolve(main.directory, raw.tls.cert), keyPath: resolve(main.directory, raw.tls.key) },
  };
  const refusal = listenRefusal(http);
  if (refusal !== null) report.mistake(main, ['http', 'listen'], refusal);
  return http;
}

function buildRedisUrl(main: Source, raw: Parameters<typeof buildReference>[0], context: Context) {
  if (typeof raw === 'string') {
    const path = ['redis', 'url'];
    const url = URL.canParse(raw) ? new URL(raw) : null;
    if (url === null || !/^(redis|rediss|unix):$/.test(url.protocol)) {
      context.report.mistake(
        main,
        path,
        'must be a URL such as redis://localhost:6379 or rediss://host:6380',
      );
    } else if (url.password !== '') {
      context.literals.add(main, path);
    }
  }
  return buildReference(raw, main.directory);
}
