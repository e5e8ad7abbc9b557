import type { Connection } from '../domain/connection.ts';
import { formatDuration } from '../domain/duration.ts';
import { gatewayOrigin, REGIONS } from '../domain/gateway.ts';
import { buildReference, type Literals, literalMistake } from './build-reference.ts';
import type { Path } from './place.ts';
import type { Report } from './report.ts';
import type { Defaults, RawConnection } from './schema.ts';
import type { Source } from './source.ts';
import { unknownName } from './wording.ts';

/** What the main file says about all connections. Null: that section has mistakes of its own, nothing can be compared. */
export interface Rules {
  readonly checks: {
    readonly interval: number;
    readonly timeout: number;
    readonly confirmations: number;
    readonly allowedHosts: readonly string[];
  } | null;
  readonly defaults: Defaults | null;
  readonly channelNames: ReadonlySet<string>;
  readonly literals: Literals;
  readonly report: Report;
}

interface Entry {
  readonly raw: RawConnection;
  readonly source: Source;
  /** Path of the connection in its file. */
  readonly path: Path;
}

/** Fills in the defaults and checks what a schema can't see; null when there was a mistake, which is reported. */
export function buildConnection(entry: Entry, rules: Rules): Connection | null {
  const { raw, source, path } = entry;
  let good = true;
  const mistake = (key: keyof RawConnection, message: string) => {
    good = false;
    rules.report.mistake(source, key in raw && raw[key] !== undefined ? [...path, key] : path, message);
  };
  const defaults = rules.defaults ?? {};
  const gateway = gatewayFor(raw, rules, mistake);
  const timing = timingFor(raw, rules, mistake);
  const secretExpiresAt = expiryFor(raw, rules, mistake);
  for (const key of ['clientId', 'clientSecret'] as const) {
    const wrong = literalMistake(raw[key]);
    if (wrong !== null) mistake(key, wrong);
  }
  if (typeof raw.clientSecret === 'string') rules.literals.add(source, [...path, 'clientSecret']);
  for (const [index, name] of (raw.channels ?? []).entries()) {
    if (rules.channelNames.has(name)) continue;
    good = false;
    rules.report.mistake(source, [...path, 'channels', index], unknownChannel(name, rules.channelNames));
  }
  if (!good || gateway === null) return null;
  return {
    id: raw.id,
    tenant: raw.tenant ?? raw.id,
    gateway,
    clientId: buildReference(raw.clientId, source.directory),
    clientSecret: buildReference(raw.clientSecret, source.directory),
    ...timing,
    secretExpiresAt,
    labels: { ...defaults.labels, ...raw.labels },
    channels: raw.channels ?? defaults.channels ?? null,
    enabled: raw.enabled,
  };
}

type Complain = (key: keyof RawConnection, message: string) => void;

/** What is wrong with the name of a channel that does not exist. */
export function unknownChannel(name: string, known: ReadonlySet<string>): string {
  if (known.size === 0) return 'names a channel, but alerts.channels has none; add it there';
  return `is not a channel of alerts.channels; ${unknownName(name, [...known])}`;
}

function gatewayFor(raw: RawConnection, rules: Rules, mistake: Complain): string | null {
  if (raw.region !== undefined && raw.baseUrl !== undefined) {
    mistake('baseUrl', 'stands beside region; keep one of them');
    return null;
  }
  // A connection's own region or URL replaces whichever of the two the defaults name.
  const own = raw.region !== undefined || raw.baseUrl !== undefined;
  const { region, baseUrl } = own ? raw : (rules.defaults ?? {});
  if (region !== undefined) return REGIONS[region];
  if (baseUrl === undefined) {
    if (rules.defaults !== null)
      mistake('region', 'has neither region nor baseUrl; write region: global, uk or us');
    return null;
  }
  if (rules.checks === null) return null;
  const answer = gatewayOrigin(baseUrl, rules.checks.allowedHosts);
  if (answer.ok) return answer.origin;
  // A mistake in the defaults is reported there, once.
  if (own) mistake('baseUrl', answer.message);
  return null;
}

function timingFor(raw: RawConnection, rules: Rules, mistake: Complain) {
  const { checks, defaults } = rules;
  const intervalMs = raw.interval ?? defaults?.interval ?? checks?.interval ?? 0;
  const timeoutMs = raw.timeout ?? defaults?.timeout ?? checks?.timeout ?? 0;
  const known = checks !== null && defaults !== null;
  // Both from above: reported there, once.
  const own = raw.interval !== undefined || raw.timeout !== undefined;
  if (known && own && timeoutMs >= intervalMs) {
    const [i, t] = [formatDuration(intervalMs), formatDuration(timeoutMs)];
    if (raw.timeout !== undefined)
      mistake('timeout', `must be less than the interval of ${i}; write a shorter one`);
    else mistake('interval', `must be longer than the timeout of ${t}; add a shorter timeout beside it`);
  }
  const confirmations = raw.confirmations ?? defaults?.confirmations ?? checks?.confirmations ?? 2;
  return { intervalMs, timeoutMs, confirmations };
}

function expiryFor(raw: RawConnection, rules: Rules, mistake: Complain): number | null {
  const { secretExpiresAt, secretIssuedAt, secretMaxAge } = raw;
  if (secretExpiresAt !== undefined) {
    if (secretIssuedAt !== undefined)
      mistake('secretIssuedAt', 'stands beside secretExpiresAt; keep one of them');
    else if (secretMaxAge !== undefined)
      mistake('secretMaxAge', 'stands beside secretExpiresAt; keep one of them');
    return secretExpiresAt;
  }
  if (secretIssuedAt === undefined) {
    if (secretMaxAge !== undefined) mistake('secretMaxAge', 'needs secretIssuedAt beside it');
    return null;
  }
  const maxAge = secretMaxAge ?? rules.defaults?.secretMaxAge;
  if (maxAge !== undefined) return secretIssuedAt + maxAge;
  if (rules.defaults !== null)
    mistake('secretIssuedAt', 'needs secretMaxAge beside it or in defaults, such as 90d');
  return null;
}
