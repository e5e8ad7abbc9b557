import { type LogLine, type MonitorProcess, startMonitor } from '../../test/helpers/monitor-process.ts';
import type { Truth } from './truth.ts';

/** One of the two places that a process of the monitor takes, one after the other. */
export interface Post {
  readonly name: string;
  process: MonitorProcess;
  /** Epoch milliseconds. */
  startedAt: number;
}

const WARN = 40;
const KEEPER_NOW = 'this process is the keeper now';
const KEEPER_NO_LONGER = 'this process is no longer the keeper';

/** The processes of the monitor, those that were killed included. */
export class Monitors {
  readonly #configPath: string;
  readonly #now: () => number;
  readonly posts: Post[] = [];
  readonly #read = new Map<readonly LogLine[], number>();

  constructor(configPath: string, now: () => number) {
    this.#configPath = configPath;
    this.#now = now;
  }

  async start(name: string): Promise<void> {
    const process = await startMonitor(['--config', this.#configPath, '--listen', '127.0.0.1:0']);
    this.#read.set(process.lines, 0);
    const post = this.posts.find((one) => one.name === name);
    if (post) Object.assign(post, { process, startedAt: this.#now() });
    else this.posts.push({ name, process, startedAt: this.#now() });
  }

  /** Those that said last of themselves that they are. One that wins its lapsed lease back says so twice. */
  keepers(): readonly Post[] {
    return this.posts.filter(({ process: { lines } }) => {
      const last = lines.findLast(({ msg }) => msg === KEEPER_NOW || msg === KEEPER_NO_LONGER);
      return last?.msg === KEEPER_NOW;
    });
  }

  post(name: string): Post {
    const post = this.posts.find((one) => one.name === name);
    if (!post) throw new RangeError(`there is no process ${name}`);
    return post;
  }

  /** Warnings and errors since the last call that none of the disturbances explains. */
  unexplained(truth: Truth): string[] {
    const found: string[] = [];
    for (const [lines, from] of this.#read) {
      this.#read.set(lines, lines.length);
      for (const line of lines.slice(from)) if (!isExplained(line, truth)) found.push(JSON.stringify(line));
    }
    return found;
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.posts.map(({ process }) => {
        process.signal('SIGCONT');
        return process.stop();
      }),
    );
  }
}

/** A line that is no JSON is a crash, or something that was not meant to be printed. */
function isExplained(line: LogLine, { disturbances }: Truth): boolean {
  const level = line['level'];
  const isHarmless = typeof level === 'number' ? level < WARN : level === 'info' || level === 'debug';
  if (isHarmless) return true;
  const at = Date.parse(String(line['time']));
  return disturbances.some(({ from, to, explains }) => at >= from && at <= to && explains.test(line.msg));
}
