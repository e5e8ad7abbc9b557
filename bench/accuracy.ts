import { SimulatedGateways } from './accuracy/gateway.ts';
import { type Message, SimulatedMonitor } from './accuracy/monitor.ts';
import { Dice } from './accuracy/random.ts';
import { DAY, type KeyTrouble, MINUTE, makeWorld, type Span, type World } from './accuracy/world.ts';

/**
 * Replays simulated weeks through the real probe, classify, advance and decide on a virtual clock, and compares what was
 * told with what was true. `npm run accuracy -- [SEED …]`; without a seed, 1 and a random one.
 */
const DAYS = 30;
const CONNECTIONS = 1_000;
const SECOND = 1_000;
const INTERVAL = 5 * MINUTE;
const CONFIRM = 2 * 15 * SECOND;
/** One interval, the confirm time and five seconds. */
const BOUND = INTERVAL + CONFIRM + 5 * SECOND;
const UNVERIFIABLE_AFTER = 30 * MINUTE;
/** A refusal is told of as long after its cause was mended as it takes to see that. */
const AFTERWARDS = INTERVAL + CONFIRM + MINUTE;

interface Found {
  readonly trouble: KeyTrouble;
  /** From the first answer that the gateway could give; null when nobody was told. */
  readonly tookMs: number | null;
}

const seeds = process.argv.slice(2).map(Number);
if (seeds.length === 0) seeds.push(1, Date.now() % 1_000_000);
let good = true;
for (const seed of seeds) good = (await replay(seed)) && good;
process.exitCode = good ? 0 : 1;

async function replay(seed: number): Promise<boolean> {
  const begun = performance.now();
  const world = makeWorld(new Dice(seed), CONNECTIONS, DAYS);
  const monitor = new SimulatedMonitor(world, new SimulatedGateways(world, new Dice(seed + 1)));
  await monitor.run(DAYS * DAY);
  const { messages } = monitor;
  const judged = world.troubles.flatMap((trouble) => judge(trouble, world, messages) ?? []);
  const certain = judged.filter(
    ({ trouble }) => trouble.kind !== 'unknown_code' && trouble.kind !== 'vault_ahead',
  );
  const rows = [
    summaryOf('revoked, expired, forbidden', certain, BOUND),
    summaryOf(
      'refused with an unknown code',
      judged.filter(({ trouble }) => trouble.kind === 'unknown_code'),
      BOUND + UNVERIFIABLE_AFTER + INTERVAL,
    ),
    summaryOf(
      'vault ahead of vendor',
      judged.filter(({ trouble }) => trouble.kind === 'vault_ahead'),
      // A warning waits for company of its kind.
      BOUND + 30 * SECOND,
    ),
  ];
  const falseAlarms = messages.filter((message) => isFalse(message, world));
  const seconds = ((performance.now() - begun) / 1_000).toFixed(0);
  print([
    `seed ${seed}: ${CONNECTIONS} connections, ${DAYS} days, ${monitor.checks.toLocaleString('en')} checks, replayed in ${seconds} s`,
    ...rows.map(({ text }) => text),
    `  false alarms: ${falseAlarms.length}${falseAlarms
      .slice(0, 3)
      .map((one) => ` (${one.kind} ${one.covers.slice(0, 3).join(' ')} on day ${(one.at / DAY).toFixed(3)})`)
      .join('')}`,
    `  messages: ${countBy(messages.map(({ kind, status }) => `${kind} ${status}`))}`,
    `  spared: ${[...monitor.quiet].map(([reason, count]) => `${reason} ${count}`).join(', ')}`,
  ]);
  return falseAlarms.length === 0 && rows.every(({ good: fine }) => fine);
}

/** When somebody was told of a trouble; null where nobody could have been, or it was over too soon. */
function judge(trouble: KeyTrouble, world: World, messages: readonly Message[]): Found | null {
  const bound = trouble.kind === 'unknown_code' ? BOUND + UNVERIFIABLE_AFTER + INTERVAL : BOUND + 30 * SECOND;
  const seenFrom = firstAnswer(trouble, world, bound);
  if (seenFrom + bound >= trouble.to) return null;
  const first = messages.find(
    (message) => message.at >= trouble.from && message.at < trouble.to && tells(message, trouble),
  );
  return { trouble, tookMs: first ? Math.max(0, first.at - seenFrom) : null };
}

function tells({ kind, status, severity, covers }: Message, trouble: KeyTrouble): boolean {
  if (status !== 'firing' || !covers.includes(trouble.connection)) return false;
  if (kind === 'credential_invalid' || kind === 'mass_rejection') return true;
  return trouble.kind === 'unknown_code' && kind === 'credential_unverifiable' && severity === 'critical';
}

/** The first moment from which on, for as long as it may take, the gateway could be asked and would answer truly. */
function firstAnswer(trouble: KeyTrouble, world: World, bound: number): number {
  const gateway = world.connections.find(({ id }) => id === trouble.connection)?.gateway;
  const dark: Span[] = [
    ...world.gateways.filter((one) => one.gateway === gateway),
    ...world.dnsGone,
    ...world.monitorDown,
  ];
  let from = trouble.from;
  for (;;) {
    const until = from + bound;
    const next = dark.filter((span) => span.to > from && span.from < until).map(({ to }) => to);
    if (next.length === 0) return from;
    from = Math.min(...next);
  }
}

/** Tells people that keys don't work which do: the one thing that must not happen. */
function isFalse(message: Message, world: World): boolean {
  const { kind, severity, status, at, covers } = message;
  const claims =
    kind === 'credential_invalid' || (kind === 'credential_unverifiable' && severity === 'critical');
  if (!claims || status === 'resolved') return false;
  return covers.some(
    (id) =>
      !world.troubles.some(
        (trouble) => trouble.connection === id && at >= trouble.from && at < trouble.to + AFTERWARDS,
      ),
  );
}

function summaryOf(what: string, found: readonly Found[], bound: number): { text: string; good: boolean } {
  const times = found.flatMap(({ tookMs }) => tookMs ?? []).toSorted((a, b) => a - b);
  const missed = found.filter(({ tookMs }) => tookMs === null);
  const late = times.filter((time) => time > bound).length;
  const at = (share: number) =>
    `${((times[Math.floor(times.length * share)] ?? Number.NaN) / SECOND).toFixed(0)} s`;
  const text =
    `  ${what}: ${found.length}, detected ${times.length}, missed ${missed.length}` +
    `${missed
      .slice(0, 3)
      .map(
        ({ trouble }) =>
          ` (${trouble.kind} ${trouble.connection} from day ${(trouble.from / DAY).toFixed(3)})`,
      )
      .join('')}` +
    (times.length > 0
      ? `; time to detect p50 ${at(0.5)}, p99 ${at(0.99)}, longest ${at(1 - 1e-9)}, later than ${bound / SECOND} s: ${late}`
      : '');
  return { text, good: missed.length === 0 && late === 0 };
}

function countBy(keys: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return `${keys.length} (${[...counts].map(([key, count]) => `${key} ${count}`).join(', ')})`;
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
