import { setTimeout as pause } from 'node:timers/promises';
import { KEYS } from '../../src/store/keys.ts';
import { Dice } from '../accuracy/random.ts';
import { FAULTS } from './faults.ts';
import { FleetFiles, firstSecretOf } from './fleet.ts';
import { Gaps } from './gaps.ts';
import { Gateway } from './gateway.ts';
import { growthOf } from './growth.ts';
import { IncidentJudge } from './incidents.ts';
import { type Levels, LONGEST_STREAM, measureLevels } from './levels.ts';
import { MessageJudge } from './messages.ts';
import { Monitors } from './monitors.ts';
import { SLACK_MS, type SoakOptions } from './options.ts';
import { startReceiver } from './receiver.ts';
import { SoakRedis } from './redis.ts';
import type { RoundSeen, SoakReport } from './report.ts';
import { judgeStanding } from './standing.ts';
import { Stirrer } from './stir.ts';
import { Truth } from './truth.ts';
import type { SoakWorld } from './world.ts';

/** So long everything that is wrong at the end may take to be told and to be over, in intervals of the slowest. */
const WIND_DOWN_TURNS = 4;

/** Runs the real program under faults and judges it. Ends everything that it started, also when it fails itself. */
export async function soak(options: SoakOptions, say: (round: RoundSeen) => void): Promise<SoakReport> {
  const endings: (() => Promise<unknown>)[] = [];
  try {
    return await new Soak(await makeWorld(options, endings), say).run();
  } finally {
    for (const end of endings.reverse()) await end();
  }
}

interface RunningWorld extends SoakWorld {
  readonly gaps: Gaps;
  readonly violations: string[];
}

async function makeWorld(options: SoakOptions, endings: (() => Promise<unknown>)[]): Promise<RunningWorld> {
  const now = Date.now;
  const truth = new Truth();
  const violations: string[] = [];
  const violated = (what: string) => {
    if (!violations.includes(what)) violations.push(what);
  };
  let gaps: Gaps | null = null;
  const gateway = new Gateway(now, (...asked) => gaps?.asked(...asked));
  await gateway.open();
  endings.push(() => gateway.close());
  const receiver = await startReceiver(now);
  endings.push(() => receiver.close());
  const redis = await SoakRedis.start();
  endings.push(() => redis.remove());
  const fleet = await FleetFiles.write(options, gateway.origin, receiver.url, redis.socketPath);
  endings.push(() => fleet.remove());
  for (const { id } of fleet.present()) gateway.addKey(id, firstSecretOf(id));
  const monitors = new Monitors(fleet.path, now);
  endings.push(() => monitors.stop());
  gaps = new Gaps({ truth, violated, fleet, gateway, now });
  const dice = new Dice(options.seed);
  return { options, dice, now, truth, gateway, receiver, redis, fleet, monitors, violated, gaps, violations };
}

class Soak {
  readonly #world: RunningWorld;
  readonly #say: (round: RoundSeen) => void;
  readonly #stirrer: Stirrer;
  readonly #messages: MessageJudge;
  readonly #incidents: IncidentJudge;
  readonly #levels: Levels[] = [];
  readonly #faults = new Map<string, number>();
  #round = 0;
  /** How many violations were told. */
  #told = 0;

  constructor(world: RunningWorld, say: (round: RoundSeen) => void) {
    this.#world = world;
    this.#say = say;
    this.#stirrer = new Stirrer(world);
    this.#messages = new MessageJudge(world);
    this.#incidents = new IncidentJudge(world, this.#messages);
  }

  async run(): Promise<SoakReport> {
    const { options, now, monitors, violated, violations } = this.#world;
    await this.#warmUp();
    const begun = now();
    const stirrer = this.#stirrer;
    stirrer.start();
    try {
      while (now() - begun < options.lastsMs) await this.#oneRound();
    } finally {
      await stirrer.stop();
    }
    await this.#windDown();
    const growth = growthOf(this.#levels);
    for (const { measure, from, to, most, tooMuch } of growth)
      if (tooMuch)
        violated(`${measure}: its floor rose from ${from.toFixed(1)} to ${to.toFixed(1)}, more than ${most}`);
    for (const line of monitors.unexplained(this.#world.truth)) violated(`the log says: ${line}`);
    return {
      options,
      rounds: this.#round,
      lastedMs: now() - begun,
      exchanges: this.#world.gateway.exchanges,
      faults: this.#faults,
      messages: this.#messages.count,
      doubles: this.#messages.doubles,
      required: this.#incidents.required,
      detectedMs: this.#incidents.detected.map(({ tookMs }) => tookMs),
      growth,
      violations,
    };
  }

  /** Both processes run and every key was seen to work. */
  async #warmUp(): Promise<void> {
    const { monitors, fleet, gateway, truth, now } = this.#world;
    const start = {
      name: 'start',
      from: now(),
      to: Number.POSITIVE_INFINITY,
      losesChecks: false,
      explains: /^(?!)/,
    };
    truth.disturbances.push(start);
    await monitors.start('a');
    await monitors.start('b');
    const isProven = () => fleet.present().every(({ id }) => gateway.key(id).proven);
    await this.#until('every key was seen to work', this.#slowestMs() * WIND_DOWN_TURNS, isProven);
    start.to = now();
  }

  async #oneRound(): Promise<void> {
    const { options, now, gateway } = this.#world;
    const begun = now();
    const before = gateway.exchanges;
    const fault = this.#round % options.faultEvery === 0 ? await this.#befall() : null;
    this.#round += 1;
    await pause(Math.max(0, begun + options.roundMs - now()));
    const isCalm = await this.#judge();
    const levels = await this.#measure();
    const made = gateway.exchanges - before;
    this.#say({ round: this.#round, fault, isCalm, exchanges: made, ...(await this.#seen(levels)) });
  }

  async #seen(levels: Levels): Promise<Omit<RoundSeen, 'round' | 'fault' | 'isCalm' | 'exchanges'>> {
    const { truth, monitors, violations, gaps } = this.#world;
    const lateMs = gaps.judge();
    const fresh = violations.slice(this.#told);
    this.#told = violations.length;
    return {
      lateMs,
      bad: truth.badNow().length,
      detected: this.#incidents.detected.length,
      messages: this.#messages.count,
      keeper: monitors
        .keepers()
        .map(({ name }) => name)
        .join('+'),
      levels,
      violations: fresh,
    };
  }

  async #befall(): Promise<string | null> {
    const { options, dice, truth, now } = this.#world;
    const names = options.faults ?? Object.keys(FAULTS);
    const turn = Math.floor(this.#round / options.faultEvery);
    const name = options.faults ? names[turn] : this.#draw(names);
    if (name === undefined) return null;
    const fault = FAULTS[name];
    if (!fault) throw new RangeError(`there is no fault ${name}`);
    const { losesChecks, explains } = fault;
    const disturbance = { name, from: now(), to: Number.POSITIVE_INFINITY, losesChecks, explains };
    truth.disturbances.push(disturbance);
    // From here on it asks nothing more of the monitor; what it is asking for must not be cut off.
    await this.#stirrer.idle();
    await fault.run(this.#world, dice.between(...options.faultLastsMs));
    disturbance.to = now() + fault.settleMs;
    this.#faults.set(name, (this.#faults.get(name) ?? 0) + 1);
    return `${name} ${((now() - disturbance.from) / 1_000).toFixed(0)} s`;
  }

  /** By the dice, of those that came least often: each has its turn in a soak that is long enough. */
  #draw(names: readonly string[]): string {
    const least = Math.min(...names.map((name) => this.#faults.get(name) ?? 0));
    return this.#world.dice.pick(names.filter((name) => (this.#faults.get(name) ?? 0) === least));
  }

  /** Resolves with whether it was quiet enough to look at everything. */
  async #judge(): Promise<boolean> {
    const { truth, monitors, violated, now } = this.#world;
    await this.#incidents.judge();
    for (const line of monitors.unexplained(truth)) violated(`the log says: ${line}${this.#lately()}`);
    const isCalm = truth.calmSince(now()) <= now();
    if (isCalm) await judgeStanding(this.#world, this.#incidents);
    return isCalm;
  }

  /** What the latest fault was, for whoever looks for the cause. */
  #lately(): string {
    const last = this.#world.truth.disturbances.at(-1);
    if (!last) return '';
    const [from, to] = [last.from, last.to].map((at) =>
      Number.isFinite(at) ? new Date(at).toISOString() : 'now',
    );
    return ` (${last.name} from ${from} to ${to})`;
  }

  async #measure(): Promise<Levels> {
    const levels = await measureLevels(this.#world);
    this.#levels.push(levels);
    const longest = levels['longest event stream'] ?? 0;
    if (longest > LONGEST_STREAM) this.#world.violated(`an event stream has ${longest} entries`);
    return levels;
  }

  /** Lets what is wrong be told, mends everything, and waits until nothing is open and everybody was told so. */
  async #windDown(): Promise<void> {
    const { truth, now, violated, redis } = this.#world;
    const patience = this.#slowestMs() * WIND_DOWN_TURNS + 4 * SLACK_MS;
    await this.#until('it is quiet', 2 * patience, () => truth.calmSince(now()) <= now());
    await this.#stirrer.unsilenceAll();
    await this.#until('what is wrong was told, or is overdue', 2 * patience, async () => {
      await this.#incidents.judge();
      return !this.#incidents.isAnyAwaited();
    });
    await this.#stirrer.mendAll();
    const isOver = async () => {
      await this.#incidents.judge();
      const open = await redis.client.hlen(KEYS.incidents);
      return open === 0 && this.#messages.unended().length === 0;
    };
    try {
      // An outage ends when what was checked in the last two minutes works.
      await this.#until('everything is over and everybody was told so', patience + 240_000, isOver);
    } catch (error) {
      violated(error instanceof Error ? error.message : String(error));
    }
    await this.#judge();
  }

  #slowestMs(): number {
    return Math.max(...this.#world.options.intervalsMs);
  }

  async #until(what: string, patienceMs: number, holds: () => Promise<boolean> | boolean): Promise<void> {
    const { now } = this.#world;
    const deadline = now() + patienceMs;
    while (!(await holds())) {
      if (now() > deadline) throw new Error(`It did not come about in ${patienceMs / 1_000} s: ${what}`);
      await pause(250);
    }
  }
}
