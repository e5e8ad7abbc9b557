import { stat } from 'node:fs/promises';
import { errorCode } from './error-code.ts';

export interface WatchOptions {
  /** Absolute paths of files and folders; those that don't exist (yet) are watched too. */
  readonly paths: readonly string[];
  /** Called after a change has settled; not again before the next one. */
  readonly onChange: () => void;
  readonly intervalMs?: number;
  /** How long nothing may change before a change counts as complete. */
  readonly settleMs?: number;
}

export interface ConfigWatch {
  /** Looks at other paths from now on. What was known about a path that stays is kept, so that no change is missed. */
  update(paths: readonly string[]): Promise<void>;
  close(): void;
}

/** A file that keeps growing must not put off the news forever. */
const MOST_SETTLING_LOOKS = 20;

/**
 * Looks at paths every 2 s. `fs.watch` would go deaf when a file is replaced by renaming, or when its folder is
 * (the way Kubernetes mounts change); a look by name sees both. 5,000 looks take some 50 ms, off the event loop.
 */
export async function watchConfig(options: WatchOptions): Promise<ConfigWatch> {
  const { onChange, intervalMs = 2_000, settleMs = 200 } = options;
  let known = await look(options.paths);
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
    let now = await look([...before.keys()]);
    if (closed || known !== before || same(before, now)) return;
    // Whoever writes may not have finished: a file read half would be rejected, and that would be announced.
    for (let count = 0; count < MOST_SETTLING_LOOKS; count += 1) {
      await pause(settleMs);
      const later = await look([...before.keys()]);
      const settled = same(now, later);
      now = later;
      if (settled) break;
    }
    if (closed) return;
    if (known === before) known = now;
    onChange();
  }

  return {
    update: async (paths) => {
      const added = await look(paths.filter((path) => !known.has(path)));
      known = new Map(paths.map((path) => [path, known.get(path) ?? added.get(path) ?? ABSENT]));
    },
    close: () => {
      closed = true;
      clearInterval(timer);
    },
  };
}

const ABSENT = 'absent';

/** What tells one content of a path from another without reading it. */
async function look(paths: readonly string[]): Promise<Map<string, string>> {
  const marks = await Promise.all(paths.map(mark));
  return new Map(paths.map((path, index) => [path, marks[index] ?? ABSENT]));
}

async function mark(path: string): Promise<string> {
  try {
    const { mtimeMs, size, ino, mode } = await stat(path);
    return `${mtimeMs} ${size} ${ino} ${mode}`;
  } catch (error) {
    // Becoming unreadable is a change as well; the load that follows says what is wrong.
    const code = errorCode(error);
    return code === 'ENOENT' ? ABSENT : code;
  }
}

function same(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): boolean {
  for (const [path, value] of now) {
    if (before.get(path) !== value) return false;
  }
  return true;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
