import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('run.ts', import.meta.url));

/** What a machine that is busy with other things never needs for one case. */
const MOST_MS_PER_CASE = 60_000;

export interface Ran {
  readonly target: string;
  readonly cases: number;
  readonly seconds: number;
  readonly slowestMs: number;
}

export interface Outcome {
  /** Null when all went well; otherwise what went wrong, with what it takes to see it again. */
  readonly failure: string | null;
  readonly ran: readonly Ran[];
}

export interface FuzzOptions {
  readonly cases: number;
  readonly seed: number;
  /** All that there are, where none is named. */
  readonly targets?: readonly string[];
  readonly mostMsPerCase?: number;
  readonly onRan?: (ran: Ran) => void;
}

/** Runs the targets in a process of their own, and ends it when a case does not end. */
export async function fuzz(options: FuzzOptions): Promise<Outcome> {
  const { cases, seed, targets = [], mostMsPerCase = MOST_MS_PER_CASE, onRan } = options;
  const command = ['--import', 'tsx', PROGRAM, String(cases), String(seed), ...targets];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] });
  const complaint = textOf(child);
  const ran: Ran[] = [];
  let where = 'before the first case';
  let hangs = false;
  const kill = () => {
    hangs = true;
    child.kill('SIGKILL');
  };
  // Beginning takes longer than a case.
  let watchdog = setTimeout(kill, MOST_MS_PER_CASE);
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    clearTimeout(watchdog);
    watchdog = setTimeout(kill, mostMsPerCase);
    const said = JSON.parse(line) as Record<string, unknown>;
    if ('at' in said) where = `in case ${said['case']} of ${said['at']}`;
    else {
      const { done, ...figures } = said;
      ran.push({ target: String(done), ...figures } as Ran);
      onRan?.(ran.at(-1) as Ran);
    }
  }
  const [code, signal] = await exited;
  clearTimeout(watchdog);
  if (code === 0) return { failure: null, ran };
  const reason = hangs
    ? `no end after ${mostMsPerCase} ms`
    : (await complaint) || `ended by ${code ?? signal}`;
  return { failure: `${where}, FUZZ_SEED=${seed} and ${cases} cases: ${reason}`, ran };
}

async function textOf({ stderr }: ChildProcess): Promise<string> {
  let text = '';
  for await (const piece of stderr ?? []) text = (text + String(piece)).slice(0, 20_000);
  return text;
}
