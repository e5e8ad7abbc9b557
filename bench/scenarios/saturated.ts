import { type Bench, sized } from '../bench.ts';
import { type Stage, startStage, untilAllChecked } from '../running/stage.ts';

/** More checks than can be made, so that a monitor is measured at its limit: 12,000 a second. */
const CONNECTIONS = 60_000;
const QUICK_CONNECTIONS = 40_000;

/**
 * A fleet that wants more than one process can do, at the shortest interval that a config may have. Its secrets stand in
 * the config itself, so that looking after 60,000 files is not counted as a part of making a check.
 */
export async function startSaturated(bench: Bench, name: string): Promise<Stage> {
  const connections = sized(bench, CONNECTIONS, QUICK_CONNECTIONS);
  const fleet = { connections, interval: '5s', timeout: '4s', secrets: 'inline' } as const;
  const stage = await startStage(bench, name, fleet);
  await untilAllChecked(stage.monitor, [stage.gateway], connections);
  return stage;
}
