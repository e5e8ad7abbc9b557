import { changedPaths, type Marks, marksOf } from './marks.ts';

export interface WatchOptions {
  /** Absolute paths of files and folders with the marks they had when they were read; those that don't exist (yet) too. */
  readonly read: Marks;
  /** Called after a change has settled; not again before the next one. */
  readonly onChange: () => void;
  readonly intervalMs?: number;
  /** How long nothing may change before a change counts as complete. */
  readonly settleMs?: number;
}

export interface ConfigWatch {
  /** Looks at these paths from now on. What has changed since they were read is news, so that no change is missed. */
  update(read: Marks): void;
  /** Looks at these paths as well: after a load that was refused, what it didn't come to read counts too. */
  add(read: Marks): void;
  close(): void;
}

/** A file that keeps growing must not put off the news forever. */
const MOST_SETTLING_LOOKS = 20;

/**
 * Looks at paths every 2 s. `fs.watch` would go deaf when a file is replaced by renaming, or when its folder is
 * (the way Kubernetes mounts change); a look by name sees both. 5,000 looks take some 50 ms, off the event loop.
 */
export function watchConfig(options: WatchOptions): ConfigWatch {
  const { onChange, intervalMs = 2_000, settleMs = 200 } = options;
  let known = options.read;
  let looking = false;
  let closed = false;

  const timer = setInterval(() => {
    // A slow disk must not pile up looks.
    if (looking) return;
    looking = true;
    void lookAgain().finally(() => {
      looking = false;
    });
  }, intervalMs);
  timer.unref();

  async function lookAgain(): Promise<void> {
    const before = known;
    let now = await marksOf(before.keys());
    if (closed || known !== before || changedPaths(before, now).length === 0) return;
    // Whoever writes may not have finished: a file read half would be rejected, and that would be announced.
    for (let count = 0; count < MOST_SETTLING_LOOKS; count += 1) {
      await pause(settleMs);
      const later = await marksOf(before.keys());
      const settled = changedPaths(now, later).length === 0;
      now = later;
      if (settled) break;
    }
    if (closed) return;
    if (known === before) known = now;
    onChange();
  }

  return {
    update: (read) => {
      known = read;
    },
    add: (read) => {
      known = new Map([...known, ...read]);
    },
    close: () => {
      closed = true;
      clearInterval(timer);
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
