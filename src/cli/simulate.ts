import { setTimeout as pause } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { createLookUp } from '../config/secrets/resolve.ts';
import { parseDuration } from '../domain/duration.ts';
import { isLoopback } from '../domain/gateway.ts';
import { type SimulatedKey, type Simulator, startSimulator } from '../simulator/server.ts';
import type { CliContext } from './context.ts';
import { onEndSignal } from './end-signal.ts';
import { UsageError } from './usage-error.ts';

interface Flags {
  readonly config?: string;
  readonly refuse: readonly string[];
  readonly round: number;
}

interface Gateway {
  readonly simulator: Simulator;
  /** Those that are good, and may be made to misbehave. */
  readonly clientIds: readonly string[];
}

/** `simulate`: the Mimecast of the demo in containers. */
export function registerSimulate(program: Command, context: CliContext): void {
  program
    .command('simulate')
    .description(
      'Play the gateways that a config names on this machine (baseUrl http://127.0.0.1:…), for a demo',
    )
    .option('--config <path>', 'config file (default: MIMECAST_MONITOR_CONFIG, else config/tenants.yaml)')
    .option('--refuse <id>', 'a connection whose keys never work; may be repeated', collect, [])
    .addOption(
      new Option('--round <duration>', 'each round revokes a key for a third of it, then breaks a gateway')
        .argParser(readRound)
        .default(12 * 60_000, '12m'),
    )
    .action((flags: Flags) => simulate(flags, context));
}

function collect(id: string, others: readonly string[]): readonly string[] {
  return [...others, id];
}

function readRound(text: string): number {
  const ms = parseDuration(text);
  if (ms === null || ms === 0) throw new UsageError(`--round ${text}: write a duration such as 12m`);
  return ms;
}

async function simulate(flags: Flags, context: CliContext): Promise<void> {
  const ending = new AbortController();
  onEndSignal(() => ending.abort());
  const say = (line: string) => context.stdout.write(`${line}\n`);
  const config = await loadConfig(flags.config ?? context.defaultConfigPath(), {
    channelTypes: context.channelTypes,
  });
  const gateways: Gateway[] = [];
  try {
    for (const [origin, keys] of await keysByGateway(config, flags, context)) {
      const { hostname, port } = new URL(origin);
      const simulator = await startSimulator({
        host: hostname.replace(/^\[|\]$/g, ''),
        port: Number(port),
        keys,
      });
      const clientIds = keys.filter(({ behaviour }) => !behaviour).map(({ clientId }) => clientId);
      gateways.push({ simulator, clientIds });
      say(`${simulator.origin} issues tokens to ${keys.length} key pairs`);
    }
    await misbehave(gateways, { round: flags.round, say, signal: ending.signal });
  } finally {
    await Promise.all(gateways.map(({ simulator }) => simulator.close()));
  }
}

/** The key pairs of each gateway on this machine, as the config has them. */
async function keysByGateway(
  { path, connections }: Config,
  { refuse }: Flags,
  { env }: CliContext,
): Promise<ReadonlyMap<string, readonly SimulatedKey[]>> {
  const unknown = refuse.find((id) => !connections.some((connection) => connection.id === id));
  if (unknown !== undefined) throw new UsageError(`--refuse ${unknown}: ${path} has no such connection`);
  const lookUp = createLookUp(env);
  const played = new Map<string, SimulatedKey[]>();
  for (const { id, gateway, clientId, clientSecret } of connections) {
    const { protocol, hostname } = new URL(gateway);
    if (protocol !== 'http:' || !isLoopback(hostname)) continue;
    const [name, secret] = await Promise.all(
      [clientId, clientSecret].map(async (reference) => (await lookUp(reference)).secret),
    );
    if (!name || !secret) continue;
    const keys = played.get(gateway) ?? [];
    played.set(gateway, keys);
    keys.push({
      clientId: name.reveal(),
      clientSecret: secret.reveal(),
      ...(refuse.includes(id) && { behaviour: { kind: 'revoked' } }),
    });
  }
  if (played.size === 0) {
    throw new UsageError(`${path} has no connection whose baseUrl is plain http on this machine`);
  }
  return played;
}

interface Play {
  readonly round: number;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Until told to end: one gateway after the other loses a key and finds it again, then is out for a while. */
async function misbehave(gateways: readonly Gateway[], { round, say, signal }: Play): Promise<void> {
  // A sixth of quiet, a third of trouble with a key, a sixth of quiet, a third of trouble with the gateway.
  const wait = async (sixths: number) => {
    await pause((round * sixths) / 6, undefined, { signal }).catch(() => undefined);
    return !signal.aborted;
  };
  for (let turn = 0; ; turn += 1) {
    const { simulator, clientIds } = gateways[turn % gateways.length] ?? {};
    if (!simulator || !clientIds) return;
    const clientId = clientIds[Math.floor(turn / gateways.length) % clientIds.length];
    if (!(await wait(1))) return;
    if (clientId !== undefined) {
      simulator.setBehaviour(clientId, { kind: 'revoked' });
      say(`${simulator.origin} refuses ${clientId}`);
    }
    if (!(await wait(2))) return;
    if (clientId !== undefined) {
      simulator.setBehaviour(clientId, { kind: 'normal' });
      say(`${simulator.origin} takes ${clientId} again`);
    }
    if (!(await wait(1))) return;
    simulator.setBehaviour('*', { kind: 'status', status: 503 });
    say(`${simulator.origin} answers 503`);
    if (!(await wait(2))) return;
    simulator.setBehaviour('*', { kind: 'normal' });
    say(`${simulator.origin} answers as it should`);
  }
}
