import { ConfigError } from '../config/config-error.ts';
import { guardRemovals } from '../config/guard-removals.ts';
import type { Parts } from './parts.ts';

/** Compares the config with what Redis knows, before anything is removed. Throws ConfigError. */
export async function refuseMassRemoval(
  { fleet, config, processes }: Parts,
  allowRemovals: boolean,
): Promise<void> {
  const known: string[] = [];
  for await (const ids of fleet.recordedIds()) for (const id of ids) known.push(id);
  const { connections, watched, hash } = config.get();
  const allowed = allowRemovals || (await processes.removalsAllowed(hash));
  const decision = guardRemovals(known, connections, allowed);
  if (!decision.allowed) throw new ConfigError('config_invalid', [decision.message], watched);
  // The other processes read the same files and would refuse them.
  if (decision.reason === 'told') await processes.allowRemovals(hash);
}
