import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { startToolServer } from './tool.ts';

export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly status: { readonly state: string };
}

export interface Alertmanager {
  readonly url: string;
  /** What it holds that has not ended. */
  alerts(): Promise<readonly Alert[]>;
  stop(): Promise<void>;
}

const TELLS_NOBODY = 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n';

/** A real Alertmanager of the test's own, which listens on this machine only; by default it tells nobody. */
export async function startAlertmanager(config: string = TELLS_NOBODY): Promise<Alertmanager> {
  const port = await freePort();
  const server = await startToolServer('alertmanager', /msg="?Listening"? /i, async (folder) => {
    const file = join(folder, 'alertmanager.yml');
    await writeFile(file, config);
    return [
      `--config.file=${file}`,
      `--storage.path=${folder}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ];
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    stop: server.stop,
    alerts: async () => (await (await fetch(`${url}/api/v2/alerts`)).json()) as Alert[],
  };
}
