import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Notification } from '../domain/notification.ts';
import { type Simulator, startSimulator } from '../simulator/server.ts';

/** The customers of the demo with their gateways and tiers; the last one was given a mistyped secret. */
const TENANTS = [
  ['acme', 'Acme Corp', 'us', 'gold'],
  ['globex', 'Globex', 'us', 'silver'],
  ['initech', 'Initech', 'us', 'silver'],
  ['umbrella', 'Umbrella Health', 'us', 'gold'],
  ['hooli', 'Hooli', 'us', 'silver'],
  ['stark', 'Stark Industries', 'us', 'silver'],
  ['wayne', 'Wayne Enterprises', 'us', 'gold'],
  ['wonka', 'Wonka Foods', 'uk', 'gold'],
  ['tyrell', 'Tyrell Ltd', 'uk', 'silver'],
  ['cyberdyne', 'Cyberdyne UK', 'uk', 'silver'],
  ['soylent', 'Soylent plc', 'uk', 'silver'],
  ['oscorp', 'Oscorp', 'us', 'silver'],
] as const;

export const MISTYPED = 'oscorp-siem';
/** Its secret has a declared expiry. */
export const EXPIRING = 'tyrell-siem';
/** What its role may do is probed. */
export const PROBED = 'cyberdyne-siem';

export const DAYS_LEFT = 12;
const DAY_MS = 86_400_000;

/** Everything around the monitor: two Mimecasts, a team's webhook, and the config that names them. */
export interface DemoWorld {
  readonly configPath: string;
  readonly logPath: string;
  /** The first issues tokens to most, the second to the UK ones. */
  readonly gateways: { readonly us: Simulator; readonly uk: Simulator };
  readonly connectionIds: readonly string[];
  close(): Promise<void>;
}

/** Makes it in a new temporary folder, all on loopback. `onNotification` hears what the webhook is sent. */
export async function createDemoWorld(
  port: number,
  onNotification: (notification: Notification) => void,
): Promise<DemoWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'mimecast-monitor-demo-'));
  const keysOf = (region: string) =>
    TENANTS.filter(([, , where]) => where === region).map(([name]) => ({
      clientId: `${name}-id`,
      clientSecret: `${name}-secret-1`,
    }));
  const us = await startSimulator({ keys: keysOf('us') });
  const uk = await startSimulator({ keys: keysOf('uk') });
  const receiver = await startReceiver(onNotification);
  const origins = { us: us.origin, uk: uk.origin };
  await writeSecrets(folder);
  const configPath = join(folder, 'tenants.yaml');
  await writeFile(configPath, configText(port, origins, receiver.url));
  return {
    configPath,
    logPath: join(folder, 'monitor.log'),
    gateways: { us, uk },
    connectionIds: TENANTS.map(([name]) => `${name}-siem`),
    async close() {
      await Promise.all([us.close(), uk.close(), receiver.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function writeSecrets(folder: string): Promise<void> {
  await mkdir(join(folder, 'secrets'), { mode: 0o700 });
  for (const [name] of TENANTS) {
    const secret = `${name}-siem` === MISTYPED ? `${name}-secret-l` : `${name}-secret-1`;
    await writeFile(join(folder, 'secrets', name), `${secret}\n`, { mode: 0o600 });
  }
}

function configText(port: number, origins: Readonly<Record<'us' | 'uk', string>>, hook: string): string {
  const expiry = new Date(Date.now() + DAYS_LEFT * DAY_MS).toISOString();
  const more: Readonly<Record<string, string>> = {
    [EXPIRING]: `\n    secretExpiresAt: ${expiry}`,
    [PROBED]: '\n    probe: { interval: 1m }',
  };
  const connections = TENANTS.map(
    ([name, tenant, region, tier]) => `  - id: ${name}-siem
    tenant: ${tenant}
    baseUrl: ${origins[region]}
    clientId: ${name}-id
    clientSecret: { file: secrets/${name} }
    labels: { tier: ${tier} }${more[`${name}-siem`] ?? ''}`,
  );
  return `version: 1
checks:
  interval: 5s
  timeout: 2s
  confirmDelay: 2s
alerts:
  channels:
    soc: { type: webhook, url: "${hook}" }
dataDir: ./data
http:
  listen: 127.0.0.1:${port}
connections:
${connections.join('\n')}
`;
}

async function startReceiver(
  onNotification: (notification: Notification) => void,
): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      response.writeHead(204).end();
      onNotification(JSON.parse(body) as Notification);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/soc`, close: () => closeServer(server) };
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}
