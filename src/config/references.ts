import type { ChannelTypes } from '../domain/channel.ts';
import type { Connection } from '../domain/connection.ts';
import { type FleetChange, sameReference } from '../domain/fleet-difference.ts';
import type { Reference } from '../domain/reference.ts';
import type { ValueRule } from '../domain/value-rule.ts';
import type { Config } from './config.ts';
import type { Path } from './place.ts';

/** The parts of a config that hold references. */
export interface Referring {
  readonly connections: readonly Connection[];
  readonly alerts: Pick<Config['alerts'], 'channels' | 'heartbeat'>;
  readonly redisUrl: Config['redisUrl'];
  readonly http: Pick<Config['http'], 'token' | 'tls'>;
}

/** A reference and the key it stands at, e.g. `acme-siem: clientSecret`. */
export interface NamedReference {
  readonly name: string;
  readonly reference: Reference;
  /** What the value must look like, where that is known. */
  readonly rule?: ValueRule;
}

export interface PlacedReference extends NamedReference {
  /** Whose it is; null for one of the main file. */
  readonly connection: Connection | null;
  /** Its place in the connection, or in the main file. */
  readonly path: Path;
}

const KEYS = ['clientId', 'clientSecret'] as const;

type Settings = Omit<Referring, 'connections'>;

/**
 * Every reference of a config, those of disabled connections too: they are meant to be enabled one day. With the
 * channel types, those whose value has a form say so.
 */
export function referencesOf(config: Referring, channelTypes: ChannelTypes = {}): readonly PlacedReference[] {
  const placed: PlacedReference[] = [];
  for (const connection of config.connections) {
    for (const key of KEYS) {
      placed.push({ name: `${connection.id}: ${key}`, reference: connection[key], connection, path: [key] });
    }
  }
  placed.push(...mainReferences(config, channelTypes));
  return placed;
}

/** Those in the main file. */
function mainReferences(config: Settings, channelTypes: ChannelTypes): readonly PlacedReference[] {
  const placed: PlacedReference[] = [];
  const add = (path: readonly string[], reference: Reference | null | undefined, rule?: ValueRule) => {
    if (!reference) return;
    placed.push({ name: path.join('.'), reference, connection: null, path, ...(rule && { rule }) });
  };
  for (const channel of config.alerts.channels) {
    for (const [option, value] of Object.entries(channel.options)) {
      if (typeof value !== 'object' || !('kind' in value)) continue;
      const spec = channelTypes[channel.type]?.[option];
      add(['alerts', 'channels', channel.name, option], value, spec?.address ?? spec?.format);
    }
  }
  add(['alerts', 'heartbeat', 'url'], config.alerts.heartbeat?.url, 'https');
  add(['redis', 'url'], config.redisUrl, 'redis');
  add(['http', 'token'], config.http.token);
  return placed;
}

/** All that `referencesOf` finds, one after the other and without their places: a large fleet has hundreds of thousands. */
export function* bareReferencesOf(config: Referring): Generator<Reference> {
  for (const connection of config.connections) for (const key of KEYS) yield connection[key];
  for (const { reference } of mainReferences(config, {})) yield reference;
}

/** Whether something that was referred to may not be any more. */
export function losesReferences(before: Settings, after: Settings, change: FleetChange): boolean {
  if (change.removed.length > 0) return true;
  if (change.changed.some((one) => KEYS.some((key) => !sameReference(one.before[key], one.after[key]))))
    return true;
  const left = mainReferences(after, {});
  return mainReferences(before, {}).some(
    ({ reference }) => !left.some((one) => sameReference(one.reference, reference)),
  );
}
