import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { alertmanagerAlert } from '../../src/alerts/alertmanager/payload.ts';
import type { IncidentKind, Severity } from '../../src/domain/incident.ts';
import { INCIDENT_KINDS } from '../../src/domain/incident.ts';
import { NOTIFICATION } from '../alerts/notifications.ts';
import { Cleanup, eventually } from '../e2e/world.ts';
import { type Alertmanager, startAlertmanager } from '../helpers/alertmanager.ts';
import { freePort } from '../helpers/free-port.ts';
import { runTool, startToolServer } from '../helpers/tool.ts';
import { ALERTS, ROOT, read } from './rule-files.ts';

const FILE = 'config/alertmanager/alertmanager.yml';
const US = 'https://us-api.services.mimecast.com';
const UK = 'https://uk-api.services.mimecast.com';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

type Labels = Readonly<Record<string, string>>;

/** Asks amtool where the shipped routes send an alert. */
async function receiverOf(labels: Labels): Promise<string> {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const { code, output } = await runTool(
    'amtool',
    ['config', 'routes', 'test', `--config.file=${FILE}`, '--no-version-check', ...pairs],
    ROOT,
  );
  expect({ code, output }).toMatchObject({ code: 0 });
  // Below it stands a warning about an address that isn't used.
  return output.split('\n')[0] ?? '';
}

async function checkConfig(text: string) {
  const folder = cleanup.add(await mkdtemp(join(tmpdir(), 'mcm-am-')), (it) => rm(it, { recursive: true }));
  const file = join(folder, 'alertmanager.yml');
  await writeFile(file, text);
  return runTool('amtool', ['check-config', file]);
}

/** What is waiting for a key in each receiver, taken into force. */
function uncommented(text: string): string {
  const [before = '', receivers = ''] = text.split(/^receivers:$/m);
  return `${before}receivers:\n${receivers.replaceAll(/^( {4})# ( *(?:- )?\w+: ?.*|\w+_configs:)$/gm, '$1$2')}`;
}

describe('amtool', () => {
  it('finds nothing wrong with the shipped config', async () => {
    expect(await checkConfig(read(FILE))).toMatchObject({ code: 0 });
  });

  it('finds nothing wrong with it either when every receiver is taken into force', async () => {
    const text = uncommented(read(FILE));
    expect(await checkConfig(text)).toMatchObject({ code: 0 });
    const { receivers } = parse(text) as { receivers: Record<string, unknown>[] };
    expect(receivers.map((receiver) => Object.keys(receiver))).toEqual([
      ['name', 'pagerduty_configs'],
      ['name', 'slack_configs'],
      ['name', 'pagerduty_configs'],
      ['name', 'email_configs'],
      ['name', 'webhook_configs'],
    ]);
  });
});

const RECEIVERS: Readonly<Record<string, string>> = {
  'MimecastMonitorWatchdog none': 'dead-man',
  'MimecastMonitor critical': 'monitor-page',
  'MimecastMonitor warning': 'monitor-ticket',
  'Mimecast critical': 'credentials-page',
  'Mimecast warning': 'credentials-ticket',
};

describe('the shipped routes', () => {
  it.each(ALERTS.map((rule) => [rule.alert, String(rule.labels['severity']), rule.labels] as const))(
    'send %s (%s) of Prometheus to those whom it concerns',
    async (alertname, severity, labels) => {
      const whose =
        alertname === 'MimecastMonitorWatchdog' ? alertname : /^Mimecast(?:Monitor)?/.exec(alertname);
      expect(await receiverOf({ ...labels, alertname, tenant: 'Acme Corp', gateway: US })).toBe(
        RECEIVERS[`${whose} ${severity}`],
      );
    },
  );

  const AS_TOLD: Readonly<Record<IncidentKind, readonly [Severity, string]>> = {
    credential_invalid: ['critical', 'credentials-page'],
    credential_unverifiable: ['warning', 'credentials-ticket'],
    credential_expiring: ['critical', 'credentials-page'],
    gateway_outage: ['warning', 'credentials-ticket'],
    mass_rejection: ['critical', 'credentials-page'],
    permission_lost: ['warning', 'credentials-ticket'],
    config_rejected: ['warning', 'monitor-ticket'],
    channel_failing: ['warning', 'monitor-ticket'],
  };
  it.each(INCIDENT_KINDS)("send %s of the monitor's own channel there too", async (kind) => {
    const [severity, receiver] = AS_TOLD[kind];
    const ofOne = kind.startsWith('credential') || kind === 'permission_lost';
    const connection = ofOne ? NOTIFICATION.connection : null;
    const { labels } = alertmanagerAlert({ ...NOTIFICATION, kind, severity, connection });
    expect(await receiverOf(labels)).toBe(receiver);
  });

  it("send what is nobody's to those who run the monitor", async () => {
    expect(await receiverOf({ alertname: 'DiskFull', severity: 'critical' })).toBe('monitor-ticket');
  });

  it('name the alerts about single kinds of trouble as the channel of the monitor does', () => {
    const kinds = [
      'credential_unverifiable',
      'credential_expiring',
      'permission_lost',
      'gateway_outage',
      'mass_rejection',
    ] as const;
    for (const kind of kinds) {
      const { alertname } = alertmanagerAlert({ ...NOTIFICATION, kind }).labels;
      expect(ALERTS.find(({ alert }) => alert === alertname)?.labels['kind']).toBe(kind);
    }
  });
});

describe('a real Alertmanager with the shipped config', () => {
  it('gathers the alerts of one tenant and kind, and keeps tenants apart', async () => {
    const alertmanager = await start();
    const revoked = {
      alertname: 'MimecastCredentialRevoked',
      kind: 'credential_invalid',
      severity: 'critical',
    };
    await post(alertmanager, [
      { ...revoked, tenant: 'Acme', connection: 'acme-1', gateway: US },
      {
        ...revoked,
        alertname: 'MimecastCredentialExpired',
        tenant: 'Acme',
        connection: 'acme-2',
        gateway: UK,
      },
      { ...revoked, tenant: 'Globex', connection: 'globex', gateway: US },
    ]);
    const groups = await eventually('all are grouped', async () => {
      const answer = await fetch(`${alertmanager.url}/api/v2/alerts/groups`);
      const found = (await answer.json()) as { labels: Labels; alerts: { labels: Labels }[] }[];
      return found.flatMap(({ alerts }) => alerts).length === 3 && found;
    });
    const members = groups.map(({ labels, alerts }) => [
      labels,
      alerts.map((alert) => alert.labels['connection']).toSorted(),
    ]);
    expect(members).toHaveLength(2);
    expect(members).toContainEqual([{ tenant: 'Acme', kind: 'credential_invalid' }, ['acme-1', 'acme-2']]);
    expect(members).toContainEqual([{ tenant: 'Globex', kind: 'credential_invalid' }, ['globex']]);
  });

  it('holds back what the outage of a gateway explains, and not a revocation', async () => {
    const alertmanager = await start();
    const of = (alertname: string, gateway: string, more: Labels = {}) => ({ alertname, gateway, ...more });
    await post(alertmanager, [
      of('MimecastGatewayOutage', US, { kind: 'gateway_outage', severity: 'warning' }),
      of('MimecastCredentialUnverifiable', US, { severity: 'warning', connection: 'acme' }),
      of('MimecastCredentialUnverifiable', US, { severity: 'critical', connection: 'globex' }),
      of('MimecastMonitorChecksStale', US, { severity: 'warning' }),
      of('MimecastMonitorChecksStopped', US, { severity: 'critical' }),
      of('MimecastMonitorChecksLate', US, { severity: 'warning' }),
      of('MimecastCredentialRevoked', US, { severity: 'critical', connection: 'initech' }),
      of('MimecastCredentialExpiring', US, { severity: 'critical', connection: 'hooli' }),
      of('MimecastCredentialUnverifiable', UK, { severity: 'warning', connection: 'stark' }),
      of('MimecastMonitorChecksStale', UK, { severity: 'warning' }),
      // As the monitor's own channel sends it: a digest names no gateway.
      { alertname: 'MimecastCredentialUnverifiable', severity: 'warning', incident: 'digest' },
    ]);
    const held = await eventually('three are held back', async () => {
      const alerts = await alertmanager.alerts();
      const suppressed = alerts.filter(({ status }) => status.state === 'suppressed');
      return alerts.length === 11 && suppressed.length >= 3 && suppressed;
    });
    const told = held.map(
      ({ labels }) => `${labels['alertname']} ${labels['connection'] ?? ''} ${labels['gateway']}`,
    );
    expect(told.toSorted()).toEqual([
      `MimecastCredentialUnverifiable acme ${US}`,
      `MimecastCredentialUnverifiable globex ${US}`,
      `MimecastMonitorChecksStale  ${US}`,
    ]);
  });

  it("takes no outage of the monitor's own channel, which names no gateway, for that of any gateway", async () => {
    const alertmanager = await start();
    await post(alertmanager, [
      { alertname: 'MimecastGatewayOutage', incident: 'e1-us-gateway_outage-1' },
      { alertname: 'MimecastCredentialUnverifiable', incident: 'e1-digest' },
      // When this one is held back, the others have been looked at, too.
      { alertname: 'MimecastGatewayOutage', gateway: UK },
      { alertname: 'MimecastCredentialUnverifiable', gateway: UK },
    ]);
    const held = await eventually('one is held back', async () => {
      const suppressed = (await alertmanager.alerts()).filter(({ status }) => status.state === 'suppressed');
      return suppressed.length > 0 && suppressed;
    });
    expect(held.map(({ labels }) => labels)).toEqual([
      { alertname: 'MimecastCredentialUnverifiable', gateway: UK },
    ]);
  });

  it('is told by a real Prometheus with the shipped rules where to read on, without a label for it', async () => {
    const alertmanager = await start();
    const shipped = parse(read('config/prometheus/prometheus.yml')) as {
      rule_files: string[];
      alerting: Record<string, unknown>;
    };
    const config = {
      global: {
        evaluation_interval: '1s',
        external_labels: { runbook_base: 'https://git.example.com/monitor/' },
      },
      rule_files: shipped.rule_files.map((file) => `${ROOT}config/prometheus/${file}`),
      alerting: {
        ...shipped.alerting,
        alertmanagers: [{ static_configs: [{ targets: [new URL(alertmanager.url).host] }] }],
      },
    };
    const port = await freePort();
    const prometheus = await startToolServer(
      'prometheus',
      /ready to receive web requests/,
      async (folder) => {
        const file = join(folder, 'prometheus.yml');
        await writeFile(file, JSON.stringify(config));
        const listen = `--web.listen-address=127.0.0.1:${port}`;
        // The first time the alert is sent, Alertmanager may not have been discovered yet.
        return [
          `--config.file=${file}`,
          `--storage.tsdb.path=${folder}`,
          listen,
          '--rules.alert.resend-delay=1s',
        ];
      },
    );
    cleanup.add(prometheus, (it) => it.stop());
    const [watchdog] = await eventually('the watchdog fires', async () => {
      const alerts = await alertmanager.alerts();
      return alerts.length > 0 && alerts;
    });
    expect(watchdog?.labels).toEqual({ alertname: 'MimecastMonitorWatchdog', severity: 'none' });
    expect(watchdog?.annotations['runbook_url']).toBe(
      'https://git.example.com/monitor/docs/runbooks.md#mimecastmonitorwatchdog',
    );
  });
});

async function start(): Promise<Alertmanager> {
  return cleanup.add(await startAlertmanager(read(FILE)), (it) => it.stop());
}

async function post(alertmanager: Alertmanager, alerts: readonly Labels[]): Promise<void> {
  const answer = await fetch(`${alertmanager.url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts.map((labels) => ({ labels, startsAt: new Date().toISOString() }))),
  });
  expect(answer.status).toBe(200);
}
