import { resolve } from 'node:path';
import { holdsPassword } from '../domain/address.ts';
import type { ChannelTypes } from '../domain/channel.ts';
import { formatDuration } from '../domain/duration.ts';
import { valueMistake } from '../domain/value-rule.ts';
import { buildAlerts } from './build-alerts.ts';
import { gatewayMistake } from './build-connection.ts';
import { buildReference, type Literals, literalMistake } from './build-reference.ts';
import { checkChannels } from './check-channels.ts';
import type { Config, HttpConfig } from './config.ts';
import type { Rules } from './connection-entry.ts';
import { holesAt } from './follow-ups.ts';
import { listenRefusal, parseListen } from './listen.ts';
import { isMapping, listOf, mappingOf, valueAt } from './plain-value.ts';
import type { Sections } from './read-sections.ts';
import type { Referring } from './references.ts';
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
  readonly rules: Pick<Rules, 'checks' | 'defaults' | 'directory' | 'channelNames'>;
  /** What refers to something outside, as far as it could be read. */
  readonly referring: Omit<Referring, 'connections'>;
}

export function buildMain(main: Source, sections: Sections, context: Context): MainSettings {
  const { checks, expiry, alerts, redis, dataDir, secretsDir, http, defaults } = sections;
  const channelNames = channelNamesOf(main, sections);
  const rules = { checks, defaults, directory: main.directory, channelNames };
  checkRoutes(main, channelNames, context.report);
  checkTiming(main, sections, context.report);
  checkDefaults(main, rules, context.report);
  const builtAlerts = buildAlerts(alerts.data, { ...context, source: main });
  const builtHttp = buildHttp(main, http, context);
  const redisUrl = redis.data.url === undefined ? null : buildRedisUrl(main, redis.data.url, context);
  const referring = { alerts: builtAlerts, http: builtHttp, redisUrl };
  const whole = [checks, expiry, alerts, redis, http, defaults].every((section) => section.whole);
  if (!whole || dataDir === null || secretsDir === null) return { config: null, rules, referring };
  const { confirmDelay, unverifiableAfter, concurrency, maxPerSecond, allowedHosts, codes } = checks.data;
  return {
    rules,
    referring,
    config: {
      checks: {
        confirmDelayMs: confirmDelay,
        unverifiableAfterMs: unverifiableAfter,
        concurrency,
        maxPerSecond,
        allowedHosts,
        codes,
      },
      expiry: { warnBeforeMs: [...new Set(expiry.data.warnBefore)].toSorted((a, b) => b - a) },
      alerts: { ...builtAlerts, defaultChannels: defaults.data.channels ?? [] },
      redisUrl,
      dataDir: resolve(main.directory, dataDir),
      secretsDir: resolve(main.directory, secretsDir),
      http: builtHttp,
    },
  };
}

/**
 * Names and routes are looked at as they stand in the file: a mistake elsewhere in the section must neither hide a
 * wrong name nor make a good one look wrong. Null where the names can't be known.
 */
function channelNamesOf(main: Source, { alerts }: Sections): ReadonlySet<string> | null {
  const channels = valueAt(main.value, ['alerts', 'channels']);
  const isWhole = !holesAt(main, ['alerts', 'channels']).has('<<');
  if (isMapping(channels)) return isWhole ? new Set(Object.keys(channels)) : null;
  return alerts.isDoubtful('channels') ? null : new Set();
}

function checkRoutes(main: Source, known: ReadonlySet<string> | null, report: Report): void {
  for (const index of listOf(valueAt(main.value, ['alerts', 'routes'])).keys()) {
    checkChannels(main, ['alerts', 'routes', index, 'channels'], known, report);
  }
}

function checkTiming(main: Source, { checks, defaults }: Sections, report: Report): void {
  if (checks.isDoubtful('interval') || checks.isDoubtful('timeout')) return;
  if (checks.data.timeout >= checks.data.interval) {
    const message = `must be less than checks.interval, which is ${formatDuration(checks.data.interval)}`;
    report.mistake(main, ['checks', 'timeout'], message);
    return;
  }
  if (defaults.isDoubtful('interval') || defaults.isDoubtful('timeout')) return;
  if (defaults.data.interval === undefined && defaults.data.timeout === undefined) return;
  const interval = defaults.data.interval ?? checks.data.interval;
  const timeout = defaults.data.timeout ?? checks.data.timeout;
  if (timeout < interval) return;
  const key = defaults.data.timeout === undefined ? 'interval' : 'timeout';
  const message =
    key === 'timeout'
      ? `must be less than the interval of ${formatDuration(interval)}`
      : `must be longer than the timeout of ${formatDuration(timeout)}`;
  report.mistake(main, ['defaults', key], message);
}

function checkDefaults(main: Source, rules: MainSettings['rules'], report: Report): void {
  const written = mappingOf(valueAt(main.value, ['defaults']));
  if (written['region'] !== undefined && written['baseUrl'] !== undefined) {
    report.mistake(main, ['defaults', 'baseUrl'], 'stands beside region; keep one of them');
  }
  const { baseUrl } = rules.defaults.data;
  if (baseUrl !== undefined) {
    const wrong = gatewayMistake(baseUrl, rules);
    if (wrong !== null) report.mistake(main, ['defaults', 'baseUrl'], wrong);
  }
  checkChannels(main, ['defaults', 'channels'], rules.channelNames, report);
}

function buildHttp(main: Source, { data, isDoubtful }: Sections['http'], context: Context): HttpConfig {
  const { report, literals } = context;
  const listen = parseListen(data.listen);
  if (listen === null) {
    report.mistake(
      main,
      ['http', 'listen'],
      'must be an address and a port such as 127.0.0.1:9464 or [::1]:9464',
    );
  }
  if (data.token !== undefined) {
    const wrong = literalMistake(data.token);
    if (wrong !== null) report.mistake(main, ['http', 'token'], wrong);
    if (typeof data.token === 'string') literals.add(main, ['http', 'token']);
  }
  const http: HttpConfig = {
    host: listen?.host ?? '127.0.0.1',
    port: listen?.port ?? 0,
    token: data.token === undefined ? null : buildReference(data.token, main.directory),
    allowUnauthenticated: data.allowUnauthenticated,
    tls:
      data.tls === undefined
        ? null
        : {
            certPath: resolve(main.directory, data.tls.cert),
            keyPath: resolve(main.directory, data.tls.key),
          },
  };
  const refusal = listenRefusal(http);
  const known = !isDoubtful('token') && !isDoubtful('allowUnauthenticated');
  if (refusal !== null && known) report.mistake(main, ['http', 'listen'], refusal);
  return http;
}

function buildRedisUrl(main: Source, raw: Parameters<typeof buildReference>[0], context: Context) {
  if (typeof raw === 'string') {
    const path = ['redis', 'url'];
    const wrong = valueMistake(raw, 'redis');
    if (wrong !== null) context.report.mistake(main, path, wrong);
    else if (holdsPassword(raw)) context.literals.add(main, path);
  }
  return buildReference(raw, main.directory);
}
