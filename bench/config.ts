import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { addConnection, type FleetFiles, type FleetShape, spoil, writeFleet } from './config-fleet.ts';
import { PROGRAM, type RunningMonitor, type Stretch, startMonitor } from './config-monitor.ts';

/**
 * What a big config costs: `npm run bench:config [NAME…]`. Validating it, as a whole process, good and with a mistake in
 * each file; and taking up one connection more in a running monitor, whose checks must not be late meanwhile. Every
 * figure is the median of five rounds; the lateness and the longest block of the event loop stand beside those of a
 * stretch of the same length in which nothing was changed.
 */
const FLEETS: readonly FleetShape[] = [
  { name: '5000-in-50', connections: 5_000, files: 50, format: 'yaml', interval: '1m' },
  { name: '10000-in-1', connections: 10_000, files: 1, format: 'yaml', interval: '1m' },
  { name: '100000-ndjson', connections: 100_000, files: 1, format: 'ndjson', interval: '5m' },
];
const ROUNDS = 5;
const STRETCH_MS = 4_000;
const MOST_LOOKS = 100;

interface Round {
  readonly answered: number;
  readonly reconciled: number;
  readonly schedules: number;
  readonly noticed: number;
  readonly quiet: Stretch;
  readonly busy: Stretch;
}

const wanted = process.argv.slice(2);
const server = spawn(
  process.execPath,
  ['--import', 'tsx', fileURLToPath(new URL('./token-server.ts', import.meta.url))],
  { stdio: ['pipe', 'pipe', 'inherit'] },
);
try {
  const [port] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
  print(`machine: ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`);
  for (const shape of FLEETS) {
    if (wanted.length === 0 || wanted.includes(shape.name)) await measure(shape, `http://127.0.0.1:${port}`);
  }
} finally {
  server.stdin.end();
}

async function measure(shape: FleetShape, gateway: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'mcm-bench-'));
  try {
    const fleet = await writeFleet(folder, shape, gateway);
    print(
      `\n${shape.name}: ${shape.connections} connections, ${shape.files} included, every ${shape.interval}`,
    );
    await measureValidate(fleet);
    await measureReload(fleet, shape);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureValidate(fleet: FleetFiles): Promise<void> {
  row('validate', await medianOf(() => validate(fleet.main, 0)));
  const mend = await spoil(fleet);
  row(
    `validate, ${fleet.files.length} with a mistake`,
    await medianOf(() => validate(fleet.main, fleet.files.length)),
  );
  await mend();
}

/** Throws unless it finds so many mistakes, each with its place. */
async function validate(main: string, mistakes: number): Promise<number> {
  const begun = performance.now();
  const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
    const options = { maxBuffer: 2 ** 26 };
    execFile(process.execPath, [PROGRAM, 'validate', '--config', main], options, (error, _, text) =>
      resolve({ code: error?.code ?? 0, stderr: text }),
    );
  });
  const took = performance.now() - begun;
  const told = stderr.split('\n').filter((line) => /:\d+:\d+: connections\[\d+\]\.tennant: /.test(line));
  if (told.length !== mistakes || code !== (mistakes === 0 ? 0 : 2)) {
    throw new Error(`validate ended with ${String(code)} and told ${told.length} mistakes:\n${stderr}`);
  }
  return took;
}

async function measureReload(fleet: FleetFiles, shape: FleetShape): Promise<void> {
  const monitor = await startMonitor(fleet.main);
  try {
    while ((await monitor.healthy()) < shape.connections) await delay(1_000);
    await untilPunctual(monitor);
    const rounds: Round[] = [];
    for (let index = 0; index < ROUNDS; index += 1)
      rounds.push(await reloadRound(monitor, fleet, shape, index));
    const middle = (of: (round: Round) => number) => median(rounds.map(of));
    row(
      'reload, from the request to the answer',
      middle((round) => round.answered),
    );
    row(
      '… until its schedule is made',
      middle((round) => round.reconciled),
    );
    print(
      `  schedules made for one connection more: ${[...new Set(rounds.map(({ schedules }) => schedules))].join(', ')}`,
    );
    row(
      'from the write to the new config, by the watch',
      middle((round) => round.noticed),
    );
    for (const [name, of] of [
      ['quiet', (round: Round) => round.quiet],
      ['reload', (round: Round) => round.busy],
    ] as const) {
      print(
        `  ${name}: ${middle((round) => of(round).checks)} checks in a stretch, the latest at most ` +
          `${middle((round) => of(round).latestS)} s late; longest block ${middle((round) => of(round).longestBlockMs).toFixed(0)} ms`,
      );
    }
  } finally {
    await monitor.stop();
  }
}

/** The first check of all connections leaves a backlog, whose lateness would hide that of a reload. */
async function untilPunctual(monitor: RunningMonitor): Promise<void> {
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    const end = await monitor.stretch();
    await delay(STRETCH_MS);
    if ((await end()).latestS <= 1) return;
  }
  print('  (the checks are late on this machine without any reload)');
}

async function reloadRound(
  monitor: RunningMonitor,
  fleet: FleetFiles,
  shape: FleetShape,
  index: number,
): Promise<Round> {
  const file = fleet.files[index % fleet.files.length] ?? fleet.main;
  const quietEnd = await monitor.stretch();
  await delay(STRETCH_MS);
  const quiet = await quietEnd();

  const busyEnd = await monitor.stretch();
  const stretch = delay(STRETCH_MS);
  await addConnection(file, shape, shape.connections + 2 * index);
  const begun = performance.now();
  const schedule = monitor.next(
    ({ msg, created }) => msg === 'reconciled the fleet with the config' && created === 1,
  );
  await monitor.reload();
  const answered = performance.now() - begun;
  const summary = await schedule;
  const reconciled = performance.now() - begun;
  await stretch;
  const busy = await busyEnd();

  const taken = monitor.next(({ msg, added }) => msg === 'the config was read again' && added === 1);
  await addConnection(file, shape, shape.connections + 2 * index + 1);
  const written = performance.now();
  await taken;
  const noticed = performance.now() - written;
  const scheduled = Object.values(summary['scheduled'] as Record<string, number>);
  return {
    answered,
    reconciled,
    noticed,
    schedules: scheduled.reduce((sum, count) => sum + count, 0),
    quiet,
    busy,
  };
}

async function medianOf(work: () => Promise<number>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) times.push(await work());
  return median(times);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function row(name: string, ms: number): void {
  print(`  ${name.padEnd(48)} ${(ms / 1_000).toFixed(2).padStart(6)} s`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
