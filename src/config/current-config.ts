import type { Connection } from '../domain/connection.ts';
import { crowdingOf } from '../domain/crowding.ts';
import { fleetChange } from '../domain/fleet-difference.ts';
import { replanSlots } from '../domain/replan-slots.ts';

import type { RoutingPolicy } from '../domain/routing.ts';
import { planSlots, type SlotPlans } from '../domain/schedule.ts';
import type { Config } from './config.ts';
import { routingPolicyOf } from './routing-policy.ts';

/** The config in force, replaced as a whole by a reload: whoever asks twice may get two different ones. */
export class CurrentConfig {
  #config: Config;
  readonly #byId: Map<string, Connection>;
  #slots: SlotPlans;
  #crowding: ReadonlyMap<string, number>;
  #routing: RoutingPolicy;

  constructor(config: Config) {
    this.#config = config;
    this.#byId = new Map(config.connections.map((connection) => [connection.id, connection]));
    this.#slots = planSlots(config.connections);
    this.#crowding = crowdingOf(config.connections, config.checks.maxPerSecond);
    this.#routing = routingPolicyOf(config);
  }

  get(): Config {
    return this.#config;
  }

  find(id: string): Connection | undefined {
    return this.#byId.get(id);
  }

  /** `change` is what the connections of the one before become in this one; whoever knows it already can give it. */
  replace(config: Config, change = fleetChange(this.#config.connections, config.connections)): void {
    const { added, removed, changed } = change;
    const gone = [...removed, ...changed.map(({ before }) => before)];
    const come = [...added, ...changed.map(({ after }) => after)];
    this.#config = config;
    for (const { id } of gone) this.#byId.delete(id);
    for (const connection of come) this.#byId.set(connection.id, connection);
    this.#slots = replanSlots(this.#slots, gone, come);
    this.#crowding = crowdingOf(config.connections, config.checks.maxPerSecond);
    this.#routing = routingPolicyOf(config);
  }

  /** The slots of all enabled connections. */
  slots(): SlotPlans {
    return this.#slots;
  }

  /** How many intervals lie between two turns of a connection of this gateway; 1 where `maxPerSecond` is enough. */
  crowding(gateway: string): number {
    return this.#crowding.get(gateway) ?? 1;
  }

  /** Every gateway that an enabled connection uses. */
  gateways(): readonly string[] {
    const gateways = new Set<string>();
    for (const { enabled, gateway } of this.#config.connections) if (enabled) gateways.add(gateway);
    return [...gateways];
  }

  /** Every connection of a customer. */
  ofTenant(tenant: string): readonly Connection[] {
    return this.#config.connections.filter((connection) => connection.tenant === tenant);
  }

  /** Who could be told. */
  routing(): RoutingPolicy {
    return this.#routing;
  }

  channelNames(): readonly string[] {
    return this.#config.alerts.channels.map(({ name }) => name);
  }
}
