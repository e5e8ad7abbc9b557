import type { AddressRule } from '../domain/address.ts';
import type { ChannelTypes } from '../domain/channel.ts';
import type { Reference } from '../domain/reference.ts';
import type { Config } from './config.ts';

/** A reference and the key it stands at, e.g. `acme-siem: clientSecret`. */
export interface PlacedReference {
  readonly name: string;
  readonly reference: Reference;
  /** What the value must look like, where it is the address of a channel. */
  readonly address?: AddressRule;
}

/**
 * Every reference of a config, those of disabled connections too: they are meant to be enabled one day. With the
 * channel types, those that are addresses say so.
 */
export function referencesOf(config: Config, channelTypes: ChannelTypes = {}): readonly PlacedReference[] {
  const placed: PlacedReference[] = [];
  for (const { id, clientId, clientSecret } of config.connections) {
    placed.push({ name: `${id}: clientId`, reference: clientId });
    placed.push({ name: `${id}: clientSecret`, reference: clientSecret });
  }
  for (const channel of config.alerts.channels) {
    for (const [option, value] of Object.entries(channel.options)) {
      if (typeof value === 'object' && 'kind' in value) {
        const address = channelTypes[channel.type]?.[option]?.address;
        const name = `alerts.channels.${channel.name}.${option}`;
        placed.push({ name, reference: value, ...(address && { address }) });
      }
    }
  }
  const { heartbeat } = config.alerts;
  if (heartbeat !== null) placed.push({ name: 'alerts.heartbeat.url', reference: heartbeat.url });
  if (config.redisUrl !== null) placed.push({ name: 'redis.url', reference: config.redisUrl });
  if (config.http.token !== null) placed.push({ name: 'http.token', reference: config.http.token });
  return placed;
}
