import type { Connection } from '../domain/connection.ts';
import { type RoutingPolicy, scopedChannels } from '../domain/routing.ts';
import type { Config } from './config.ts';

type Routed = Pick<Config, 'alerts'> & { readonly connections: readonly Pick<Connection, 'channels'>[] };

/** Who could be told, worked out once for a config. */
export function routingPolicyOf({ alerts, connections }: Routed): RoutingPolicy {
  const { routes, channels, defaultChannels } = alerts;
  // What `defaults` choose is for everybody who does not say otherwise, and so for no customer in particular.
  const everybody = { match: {}, channels: defaultChannels, continue: false };
  const overrides = connections.map((connection) => connection.channels).filter((own) => own !== null);
  return {
    routes,
    channels: channels.map(({ name }) => name),
    scoped: scopedChannels([...routes, everybody], overrides),
  };
}
