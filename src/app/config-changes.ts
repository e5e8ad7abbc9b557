import type { Config } from '../config/config.ts';
import { watchConfig } from '../config/watch.ts';
import { type Heartbeat, startHeartbeat } from './heartbeat.ts';
import type { Parts } from './parts.ts';
import { Reloader } from './reloading.ts';
import type { Teardown } from './teardown.ts';

export interface FollowOptions {
  readonly parts: Parts;
  /** Reads the config anew. Throws ConfigError. */
  readonly load: () => Promise<Config>;
  /** Has the rest of the process follow the config that was just put in force. */
  readonly apply: () => Promise<void>;
  readonly teardown: Teardown;
}

/** Whatever may replace the config while the monitor runs: its files, a person, and what others were allowed to do. */
export function followConfigChanges({ parts, load, apply, teardown }: FollowOptions): {
  readonly reloader: Reloader;
  readonly heartbeat: Heartbeat;
} {
  const watch = watchConfig({
    read: parts.config.get().watched,
    onChange: () => {
      reloader.reload(false).catch((error: unknown) => parts.fault('a reload failed', error));
    },
  });
  const reloader = new Reloader({ parts, load, apply, changed: () => void heartbeat.beat(), watch });
  const heartbeat = startHeartbeat(parts, {
    status: () => reloader.status(),
    afterwards: () => reloader.followUp(),
  });
  teardown.add('heartbeat', () => heartbeat.stop());
  teardown.add('config watch', async () => watch.close());
  return { reloader, heartbeat };
}
