import type { Connection } from '../domain/connection.ts';
import { formatDuration } from '../domain/duration.ts';
import { gatewayOrigin, REGIONS } from '../domain/gateway.ts';
import { keyReference } from './build-keys.ts';
import { checkChannels } from './check-channels.ts';
import type { Entry, Rules } from './connection-entry.ts';
import type { RawConnection } from './schema-connection.ts';

/** Fills in the defaults and checks what a schema can't see; null when there was a mistake, which is reported. */
export function buildConnection(entry: Entry, rules: Rules): Connection | null {
  const { raw, source, path } = entry;
  let good = entry.doubtful.size === 0;
  const mistake = (key: keyof RawConnection, message: string) => {
    good = false;
    rules.report.mistake(source, isGiven(entry, key) ? [...path, key] : path, message);
  };
  const defaults = rules.defaults.data;
  const gateway = gatewayFor(entry, rules, mistake);
  const timing = timingFor(entry, rules, mistake);
  const secretExpiresAt = expiryFor(entry, rules, mistake);
  const clientId = keyReference(entry, 'clientId', rules);
  const clientSecret = keyReference(entry, 'clientSecret', rules);
  if (!checkChannels(source, [...path, 'channels'], rules.channelNames, rules.report)) good = false;
  if (!good || gateway === null || clientId === null || clientSecret === null) return null;
  return {
    id: raw.id,
    tenant: raw.tenant ?? raw.id,
    gateway,
    clientId,
    clientSecret,
    ...timing,
    secretExpiresAt,
    labels: { ...defaults.labels, ...raw.labels },
    channels: raw.channels ?? defaults.channels ?? null,
    enabled: raw.enabled,
  };
}

type Complain = (key: keyof RawConnection, message: string) => void;

/** Whether a key stands in the file, however wrong. */
function isGiven({ written }: Entry, key: keyof RawConnection): boolean {
  return (written as Readonly<Record<string, unknown>>)[key] !== undefined;
}

/** What is wrong with a base URL, or null; nothing where it could be among the allowed hosts. */
export function gatewayMistake(baseUrl: string, { checks }: Pick<Rules, 'checks'>): string | null {
  const answer = gatewayOrigin(baseUrl, checks.data.allowedHosts);
  if (answer.ok || (answer.reason === 'foreign_host' && checks.isDoubtful('allowedHosts'))) return null;
  return answer.message;
}

function gatewayFor(entry: Entry, rules: Rules, mistake: Complain): string | null {
  const { raw, doubtful } = entry;
  const both = isGiven(entry, 'region') && isGiven(entry, 'baseUrl');
  if (both) mistake('baseUrl', 'stands beside region; keep one of them');
  if (raw.baseUrl !== undefined) {
    const wrong = gatewayMistake(raw.baseUrl, rules);
    if (wrong !== null) mistake('baseUrl', wrong);
  }
  if (both || doubtful.has('region') || doubtful.has('baseUrl')) return null;
  // A connection's own region or URL replaces whichever of the two the defaults name.
  const own = raw.region !== undefined || raw.baseUrl !== undefined;
  const { defaults } = rules;
  const { region, baseUrl } = own ? raw : defaults.data;
  if (region !== undefined) return REGIONS[region];
  if (baseUrl === undefined) {
    if (!defaults.isDoubtful('region') && !defaults.isDoubtful('baseUrl'))
      mistake('region', 'has neither region nor baseUrl; write region: global, uk or us');
    return null;
  }
  // A mistake in the defaults is reported there, once.
  const answer = gatewayOrigin(baseUrl, rules.checks.data.allowedHosts);
  return answer.ok ? answer.origin : null;
}

function timingFor({ raw, doubtful }: Entry, { checks, defaults }: Rules, mistake: Complain) {
  const intervalMs = raw.interval ?? defaults.data.interval ?? checks.data.interval;
  const timeoutMs = raw.timeout ?? defaults.data.timeout ?? checks.data.timeout;
  const isKnown = (key: 'interval' | 'timeout') =>
    raw[key] !== undefined ||
    (!doubtful.has(key) &&
      !defaults.isDoubtful(key) &&
      (defaults.data[key] !== undefined || !checks.isDoubtful(key)));
  // Both from above: reported there, once.
  const own = raw.interval !== undefined || raw.timeout !== undefined;
  if (own && timeoutMs >= intervalMs && isKnown('interval') && isKnown('timeout')) {
    const [i, t] = [formatDuration(intervalMs), formatDuration(timeoutMs)];
    if (raw.timeout !== undefined)
      mistake('timeout', `must be less than the interval of ${i}; write a shorter one`);
    else mistake('interval', `must be longer than the timeout of ${t}; add a shorter timeout beside it`);
  }
  const confirmations = raw.confirmations ?? defaults.data.confirmations ?? checks.data.confirmations;
  return { intervalMs, timeoutMs, confirmations };
}

function expiryFor(entry: Entry, { defaults }: Rules, mistake: Complain): number | null {
  const { raw, doubtful } = entry;
  const { secretExpiresAt, secretIssuedAt } = raw;
  if (isGiven(entry, 'secretExpiresAt')) {
    if (isGiven(entry, 'secretIssuedAt'))
      mistake('secretIssuedAt', 'stands beside secretExpiresAt; keep one of them');
    else if (isGiven(entry, 'secretMaxAge'))
      mistake('secretMaxAge', 'stands beside secretExpiresAt; keep one of them');
    return secretExpiresAt ?? null;
  }
  if (doubtful.has('secretExpiresAt')) return null;
  if (!isGiven(entry, 'secretIssuedAt')) {
    if (isGiven(entry, 'secretMaxAge') && !doubtful.has('secretIssuedAt'))
      mistake('secretMaxAge', 'needs secretIssuedAt beside it');
    return null;
  }
  const maxAge = raw.secretMaxAge ?? defaults.data.secretMaxAge;
  if (secretIssuedAt !== undefined && maxAge !== undefined) return secretIssuedAt + maxAge;
  if (maxAge === undefined && !doubtful.has('secretMaxAge') && !defaults.isDoubtful('secretMaxAge'))
    mistake('secretIssuedAt', 'needs secretMaxAge beside it or in defaults, such as 90d');
  return null;
}
