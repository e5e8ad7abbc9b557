import { ConfigError } from '../config/config-error.ts';
import { guardRemovals } from '../config/guard-removals.ts';
import type { Parts } from './parts.ts';

/** Compares the config with what Redis knows, before anything is removed. Throws ConfigError. */
export async function refuseMassRemoval({ fleet, config }: Parts, allowRemovals: boolean): Promise<void> {
  const known: string[] = [];
  for await (const ids of fleet.recordedIds()) for (const id of ids) known.push(id);
  const { connections, watched } = config.get();
  const decision = guardRemovals(known, connections, allowRemovals);
  if (!decision.allowed) throw new ConfigError('config_invalid', [decision.message], watched);
}
