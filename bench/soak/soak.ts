import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { KEYS } from '../../src/store/keys.ts';
import { Fate } from './fate.ts';
import { growthOf } from './growth.ts';
import { IncidentJudge, storedIncidents } from './incidents.ts';
import { type Levels, LONGEST_STREAM, measureLevels } from './levels.ts';
import { makeWorld, type RunningWorld } from './make-world.ts';
import { MessageJudge } from './messages.ts';
import { SLACK_MS, type SoakOptions } from './options.ts';
import type { RoundSeen, SoakReport } from './report.ts';
import { judgeStanding } from './standing.ts';
import { Stirrer } from './stir.ts';

/** So long everything that is wrong at the end may take to be told and to be over, in intervals of the slowest. */
const WIND_DOWN_TURNS = 4;
/** Re-checks come on top of what the intervals ask for; a fleet that is checked twice as often would be seen at once. */
const MOST_OF_EXPECTED = 1.5;

/**
 * Runs the real program under faults and judges it. Ends everything that it started, also when it fails itself and when
 * `signal` asks for an early end, with which it rejects.
 */
export async function soak(
  options: SoakOptions,
  say: (round: RoundSeen) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<SoakReport> {
  const endings: (() => Promise<unknown>)[] = [];
  const aborted = once(signal, 'abort').then(() => {
    throw new Error('the soak was ended early');
  });
  try {
    const run = new Soak(await makeWorld(options, endings), say).run();
    return await Promise.race([run, aborted]);
  } finally {
    for (const end of endings.reverse()) await end();
  }
}

class Soak {
  readonly #world: RunningWorld;
  readonly #say: (round: RoundSeen) => void;
  readonly #stirrer: Stirrer;
  readonly #messages: MessageJudge;
  readonly #incidents: IncidentJudge;
  readonly #levels: Levels[] = [];
  readonly #fate: Fate;
  #round = 0;
  /** How many violations were told. */
  #told = 0;

  constructor(world: RunningWorld, say: (round: RoundSeen) => void) {
    this.#world = world;
    this.#say = say;
    this.#stirrer = new Stirrer(world);
    this.#fate = new Fate(world, () => this.#stirrer.idle());
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
      faults: this.#fate.befell,
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
    const { options, now, gateway, violated } = this.#world;
    const begun = now();
    const before = gateway.exchanges;
    const fault = await this.#fate.befall(this.#round);
    this.#round += 1;
    await pause(Math.max(0, begun + options.roundMs - now()));
    const share = (gateway.exchanges - before) / this.#expected(now() - begun);
    const isCalm = await this.#judge();
    const levels = await this.#measure();
    if (isCalm && fault === null && share > MOST_OF_EXPECTED)
      violated(`${(100 * share).toFixed(0)} % of the exchanges that the intervals ask for were made`);
    this.#say({ round: this.#round, fault, isCalm, share, ...(await this.#seen(levels)) });
  }

  /** How many exchanges the intervals alone ask for in a time. */
  #expected(lastsMs: number): number {
    const present = this.#world.fleet.present();
    return present.reduce((sum, { intervalMs }) => sum + lastsMs / intervalMs, 0);
  }

  async #seen(levels: Levels): Promise<Omit<RoundSeen, 'round' | 'fault' | 'isCalm' | 'share'>> {
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

  async #judgeIncidents(): Promise<void> {
    this.#incidents.judge(await storedIncidents(this.#world.redis));
  }

  /** Resolves with whether it was quiet enough to look at everything. */
  async #judge(): Promise<boolean> {
    const { truth, monitors, violated, now } = this.#world;
    await this.#judgeIncidents();
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
      await this.#judgeIncidents();
      return !this.#incidents.isAnyAwaited();
    });
    await this.#stirrer.mendAll();
    const isOver = async () => {
      await this.#judgeIncidents();
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
