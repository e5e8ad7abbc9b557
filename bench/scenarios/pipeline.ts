import { setTimeout as delay } from 'node:timers/promises';
import { type Bench, sized } from '../bench.ts';
import { EXCHANGE, measureBareLoop } from '../measure/bare-loop.ts';
import { sumOf, VALID } from '../measure/counters.ts';
import { measureProbing, type Probing } from '../measure/probing.ts';
import { median, rangeOf } from '../measure/statistics.ts';
import { cpuSeconds } from '../measure/usage.ts';
import { atLeast, atMost, forInformation, perSecond, type Row, ratio } from '../results/row.ts';
import { type Blackbox, startBlackbox } from '../running/blackbox.ts';
import type { Stage } from '../running/stage.ts';
import { startSaturated } from './saturated.ts';

const ROUNDS = 5;
/** Caches, sockets and the backlog of a pause settle before anything is counted. */
const SETTLE_MS = 1_000;
/** With the settling not longer than the keeper's lease lasts: the monitor, stopped meanwhile, goes on as before. */
const OTHERS_MS = 3_000;
const PIPELINE_MS = 8_000;

interface Round {
  readonly loop: number;
  readonly probing: Probing;
  readonly pipeline: number;
  /** CPU seconds for one check. */
  readonly node: number;
  readonly redis: number;
}

/**
 * The whole pipeline, a bare loop of the same exchanges, and blackbox_exporter, turn by turn; ratios are those of each
 * turn: on a machine that is shared with others, a quiet minute for the one and a busy one for the other would say
 * nothing. Whoever is not measured is stopped or has nothing to do.
 */
export async function pipeline(bench: Bench): Promise<readonly Row[]> {
  const stage = await startSaturated(bench, 'pipeline');
  const { gateway } = stage;
  const options = { folder: bench.folder, gateway: gateway.origin, body: EXCHANGE.body };
  const blackbox = await startBlackbox(options, bench.endings);
  const rounds: Round[] = [];
  for (let index = 0; index < sized(bench, ROUNDS, 2); index += 1) {
    const round = await measureRound(stage, blackbox);
    bench.say(
      `loop ${perSecond(round.loop)}, pipeline ${perSecond(round.pipeline)}, blackbox ${perSecond(round.probing.perSecond)}`,
    );
    rounds.push(round);
  }
  await expectAllValid(stage);
  return rowsOf(rounds);
}

async function measureRound(stage: Stage, blackbox: Blackbox): Promise<Round> {
  const { monitor, gateway } = stage;
  const loop = await whileStopped(stage, () => measureBareLoop(gateway.origin, SETTLE_MS, OTHERS_MS));
  await delay(SETTLE_MS);
  const before = await look(stage);
  await delay(PIPELINE_MS);
  const after = await look(stage);
  const checks = after.checks - before.checks;
  const probing = await whileStopped(stage, () => measureProbing(blackbox, SETTLE_MS, OTHERS_MS));
  monitor.resume();
  await delay(SETTLE_MS);
  return {
    loop,
    probing,
    pipeline: checks / ((after.at - before.at) / 1_000),
    node: (after.node - before.node) / checks,
    redis: (after.redis - before.redis) / checks,
  };
}

async function whileStopped<Result>({ monitor }: Stage, work: () => Promise<Result>): Promise<Result> {
  monitor.pause();
  try {
    return await work();
  } finally {
    monitor.resume();
  }
}

async function look({ monitor, redis }: Stage) {
  const checks = sumOf(await monitor.processMetrics(), 'mimecast_checks_total', VALID);
  const at = performance.now();
  return { checks, node: cpuSeconds(monitor.pid), redis: cpuSeconds(redis.pid), at };
}

/** A pipeline that gives up on its checks would be a fast one. */
async function expectAllValid({ monitor }: Stage): Promise<void> {
  const metrics = await monitor.processMetrics();
  const valid = sumOf(metrics, 'mimecast_checks_total', VALID);
  const all = sumOf(metrics, 'mimecast_checks_total');
  // A pause may cost those their answer that are under way.
  if (valid < 0.99 * all) throw new Error(`Of ${all} checks only ${valid} found their keys valid`);
}

function rowsOf(rounds: readonly Round[]): readonly Row[] {
  const of = (figure: (round: Round) => number) => rounds.map(figure);
  const toLoop = of(({ pipeline: rate, loop }) => rate / loop);
  const toProbes = of(({ pipeline: rate, probing }) => rate / probing.perSecond);
  const cpu = of(({ node, redis, probing }) => (node + redis) / probing.cpu);
  const note = (values: readonly number[]) => `median of ${values.length} turns, ${rangeOf(values, ratio)}`;
  const rate = (values: readonly number[]) => `${perSecond(median(values))} (${rangeOf(values, perSecond)})`;
  const spent = (values: readonly number[]) => `${(median(values) * 1_000).toFixed(3)} ms`;
  const loops = of(({ loop }) => loop);
  const probes = of(({ probing }) => probing.perSecond);
  const node = of((round) => round.node);
  const redis = of((round) => round.redis);
  const exporter = of(({ probing }) => probing.cpu);
  return [
    atLeast(0.2, {
      id: 'pipeline-loop',
      what: 'whole pipeline ÷ a bare undici loop, one process',
      value: median(toLoop),
      show: ratio,
      note: `${note(toLoop)}; loop ${rate(loops)}`,
    }),
    atLeast(2, {
      id: 'pipeline-blackbox',
      what: 'whole pipeline ÷ blackbox_exporter doing the same POST',
      value: median(toProbes),
      show: ratio,
      note: `${note(toProbes)}; blackbox_exporter ${rate(probes)} probes, driven by 50 kept-alive sockets`,
    }),
    atMost(0.5, {
      id: 'pipeline-cpu',
      what: 'CPU per check, Node + Redis ÷ CPU per probe of blackbox_exporter',
      value: median(cpu),
      show: ratio,
      note: `${note(cpu)}; Node ${spent(node)}, Redis ${spent(redis)} a check; blackbox_exporter ${spent(exporter)} a probe`,
    }),
    forInformation({
      id: 'pipeline-rate',
      what: 'whole pipeline: scheduler job → exchange → verdict → saved record → metrics',
      value: median(of((round) => round.pipeline)),
      show: perSecond,
      note: `median of ${rounds.length} turns of ${PIPELINE_MS / 1_000} s, ${rangeOf(
        of((round) => round.pipeline),
        perSecond,
      )}; more is wanted of it than it can do`,
    }),
  ];
}
