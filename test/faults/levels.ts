import { sampleOf, samples } from '../e2e/world.ts';
import type { MonitorProcess } from '../helpers/monitor-process.ts';

/** What a process weighs. */
export interface Levels {
  readonly residentBytes: number;
  readonly openFiles: number;
}

export async function levelsOf(monitor: MonitorProcess): Promise<Levels> {
  const all = await samples(monitor);
  return {
    residentBytes: sampleOf(all, 'process_resident_memory_bytes') ?? Number.NaN,
    openFiles: sampleOf(all, 'process_open_fds') ?? Number.NaN,
  };
}
