import type { Config } from '../config/config.ts';
import type { MonitorHealth } from '../domain/incident-health.ts';
import { type Survey, Surveyor, windowsOf } from '../domain/survey.ts';
import { readSnapshot } from '../metrics/snapshot.ts';
import type { Parts } from './parts.ts';

const windows = new WeakMap<Config, ReadonlyMap<string, number>>();

/** Looks at every summary once, in slices, so that a large fleet holds up nothing else of this process. */
export async function survey(watched: ReadonlySet<string>, parts: Parts): Promise<Survey> {
  const config = parts.config.get();
  const known = windows.get(config) ?? windowsOf(config.connections);
  windows.set(config, known);
  const surveyor = new Surveyor(parts.now(), known, watched);
  for await (const slice of readSnapshot(config.connections, parts.records.readSummaries)) {
    for (const { connection, summary } of slice) surveyor.add(connection, summary);
  }
  return surveyor.finish();
}

/** What the running processes and the channels say of themselves. */
export async function healthOf({ processes, outbox, config }: Parts): Promise<MonitorHealth> {
  const [alive, failing] = await Promise.all([processes.alive(), outbox.failing()]);
  const refusals = [...new Set(alive.flatMap(({ refusal }) => refusal ?? []))].sort();
  const known = new Set(config.channelNames());
  return {
    configRefusal: refusals.length === 0 ? null : refusals.join('\n'),
    // What still fails of a channel that left the config is nobody's trouble any more.
    failingChannels: failing.filter(({ channel }) => known.has(channel)),
  };
}
