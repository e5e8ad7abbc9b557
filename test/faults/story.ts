import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { becomes, type Cleanup, QUICK_CHECKS, ready } from '../e2e/world.ts';
import { type ConfigFolder, makeConfigFolder } from '../helpers/config-file.ts';
import type { MonitorProcess } from '../helpers/monitor-process.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../helpers/webhook-receiver.ts';
import { type Levels, levelsOf } from './levels.ts';

/** The shortest there is. */
export const INTERVAL_MS = 5_000;

export const IDS = ['acme-siem', 'globex-siem', 'initech-siem'] as const;

const SECRET_OF = `cd "$(dirname "$0")"
if [ -e "hold-$1" ]; then : >"held-$1"; fi
while [ -e "hold-$1" ]; do sleep 0.1; done
echo "$1-secret"
`;

/**
 * The same story for every fault, so that what must be known and told in the end is known beforehand: acme's key stays
 * good; globex's was refused before and is given back while the fault lasts; initech's is refused while it lasts.
 */
export interface Story {
  readonly gateway: Simulator;
  readonly receiver: WebhookReceiver;
  readonly config: ConfigFolder;
  start(...args: readonly string[]): Promise<MonitorProcess>;
  /** All is known and told, as it is before the fault; resolves with what the process then weighs. */
  settle(monitor: MonitorProcess): Promise<Levels>;
  /** The gateway thinks otherwise from now on. */
  turn(): void;
}

export interface StoryOptions {
  /** Null: an embedded server under the config's folder. */
  readonly redisUrl: string | null;
  readonly checks?: object;
  /** Each secret is printed by a program, which hangs while there is a file named `hold-` and the id. */
  readonly secretsByProgram?: boolean;
  /** For every process of the story: its environment, and a command that becomes the program. */
  readonly env?: Readonly<Record<string, string>>;
  readonly through?: (folder: string) => readonly string[];
}

export async function tell(cleanup: Cleanup, options: StoryOptions): Promise<Story> {
  const keys = IDS.map((id) => ({ clientId: `${id}-id`, clientSecret: `${id}-secret` }));
  const gateway = cleanup.add(await startSimulator({ keys }), (it) => it.close());
  const receiver = cleanup.add(await startWebhookReceiver(), (it) => it.close());
  const config = await makeConfigFolder({});
  cleanup.add(config, (it) => it.remove());
  await config.writeFile('secret-of.sh', SECRET_OF);
  await config.write(configOf(gateway, receiver, options));
  return {
    gateway,
    receiver,
    config,
    start: (...args) =>
      // A short path, which a socket needs; and gone with the folder.
      cleanup.start(
        ['--config', config.path, ...args],
        { TMPDIR: config.folder, ...options.env },
        options.through?.(config.folder),
      ),
    async settle(monitor) {
      await ready(monitor);
      for (const id of IDS) await becomes(monitor, id, 'healthy');
      gateway.setBehaviour('globex-siem-id', { kind: 'revoked' });
      await becomes(monitor, 'globex-siem', 'revoked');
      await receiver.waitFor(({ connection }) => connection?.id === 'globex-siem');
      return levelsOf(monitor);
    },
    turn() {
      gateway.setBehaviour('globex-siem-id', { kind: 'normal' });
      gateway.setBehaviour('initech-siem-id', { kind: 'revoked' });
    },
  };
}

export function configOf(
  gateway: Simulator,
  receiver: WebhookReceiver,
  { redisUrl, checks, secretsByProgram = false }: StoryOptions,
  ids: readonly string[] = IDS,
): object {
  return {
    version: 1,
    checks: { ...QUICK_CHECKS, ...checks },
    // Masses are told of as one; here each is to be told of.
    alerts: { channels: { soc: { type: 'webhook', url: receiver.url } }, massRejection: { atLeast: 1_000 } },
    dataDir: './data',
    ...(redisUrl !== null && { redis: { url: redisUrl } }),
    connections: ids.map((id) => ({
      id,
      baseUrl: gateway.origin,
      clientId: `${id}-id`,
      clientSecret: secretsByProgram ? { exec: ['sh', './secret-of.sh', id] } : `${id}-secret`,
    })),
  };
}
