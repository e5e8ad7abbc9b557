import { RedisError } from './redis-error.ts';

export type ServerInfo = ReadonlyMap<string, string>;

/** BullMQ's own recommended minimum (5.x lacks commands its scripts use); everything we send is older than that. */
const MINIMUM_VERSION = [6, 2] as const;

/** The `key:value` lines of INFO. */
export function parseInfo(text: string): ServerInfo {
  const entries: [string, string][] = [];
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0 && !line.startsWith('#')) entries.push([line.slice(0, colon), line.slice(colon + 1)]);
  }
  return new Map(entries);
}

/** Why a server can't serve, or null. What its INFO does not mention is given the benefit of the doubt. */
export function findUnfitness(info: ServerInfo): RedisError | null {
  const version = info.get('redis_version');
  if (version !== undefined && isTooOld(version)) {
    return new RedisError(
      'too_old',
      `Redis ${version} is too old: Redis ${MINIMUM_VERSION.join('.')} or newer, or Valkey, is needed.`,
    );
  }
  const role = info.get('role');
  if (role !== undefined && role !== 'master') {
    const primary = info.get('master_host');
    const hint =
      primary === undefined ? 'its primary' : `its primary (${primary}:${info.get('master_port') ?? ''})`;
    return new RedisError(
      'read_only',
      `This Redis is a replica and takes no writes: use the address of ${hint}.`,
    );
  }
  return null;
}

/** What works today and may lose data tomorrow. */
export function findWarnings(info: ServerInfo): string[] {
  const warnings: string[] = [];
  const policy = info.get('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    warnings.push(
      `Redis may throw away jobs and records when memory runs short (maxmemory-policy is ${policy}): set it to noeviction.`,
    );
  }
  if (info.get('aof_enabled') === '0') {
    warnings.push(
      'Redis forgets what it was told last when it crashes (no append-only file): set appendonly to yes and appendfsync to everysec.',
    );
  }
  return warnings;
}

function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < MINIMUM_VERSION[0] || (major === MINIMUM_VERSION[0] && minor < MINIMUM_VERSION[1]);
}
