import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CHANNEL_TYPES } from '../../src/alerts/drivers.ts';
import type { Config } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/config-error.ts';
import { loadConfig } from '../../src/config/load.ts';
import { referencesOf } from '../../src/config/references.ts';
import { resolveAll } from '../../src/config/secrets/resolve-all.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcm-channels-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function load(channel: string): Promise<Config> {
  const text = `version: 1\nalerts: { channels: { x: ${channel} } }\n`;
  await writeFile(join(folder, 'tenants.yaml'), text, { mode: 0o600 });
  return loadConfig('tenants.yaml', { channelTypes: CHANNEL_TYPES, cwd: folder });
}

async function mistakes(channel: string): Promise<readonly string[]> {
  const error: unknown = await load(channel).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ConfigError))
    throw error ?? new Error('The config was loaded; it should have failed.');
  return error.issues.map((issue) => issue.replace(/^tenants\.yaml:\d+:\d+: alerts\.channels\./, ''));
}

const HTTPS = 'must be an absolute https:// URL (plain http:// is for this machine only)';
const SMTP =
  'must be smtps://user:password@host or smtp://user:password@host, with :port if it is not the usual one';
const MAILBOX = 'must be one e-mail address, such as soc@example.com or Monitor <monitor@example.com>';

describe('a channel in the config', () => {
  it.each([
    '{ type: slack, url: { env: SLACK_URL } }',
    '{ type: teams, url: { file: teams } }',
    '{ type: pagerduty, routingKey: { env: PD_KEY } }',
    '{ type: pagerduty, routingKey: { env: PD_KEY }, url: "https://events.eu.pagerduty.com/v2/enqueue" }',
    '{ type: email, url: { env: SMTP_URL }, from: Monitor <m@acme.example>, to: [a@acme.example, B <b@acme.example>] }',
    '{ type: alertmanager, url: "http://alertmanager:9093" }',
    '{ type: airmdr, webhook: { env: AIRMDR_URL } }',
    '{ type: airmdr, token: { env: AIRMDR_TOKEN }, organizationCode: ACME, alertType: credential-lost }',
  ])('can be %s', async (channel) => {
    const config = await load(channel);
    expect(config.warnings).toEqual([]);
    expect(config.alerts.channels).toHaveLength(1);
  });

  it.each([
    ['{ type: slack, url: "http://hooks.example/T0KEN" }', [`x.url: ${HTTPS}`]],
    ['{ type: teams, url: T0KEN }', [`x.url: ${HTTPS}`]],
    ['{ type: pagerduty, routingKey: { env: K }, url: events.pagerduty.com }', [`x.url: ${HTTPS}`]],
    [
      '{ type: alertmanager, url: "alertmanager:9093" }',
      ['x.url: must be an absolute http:// or https:// URL'],
    ],
    [
      '{ type: email, url: "https://mail.example", from: monitor, to: [a@acme.example, oncall] }',
      [`x.url: ${SMTP}`, `x.from: ${MAILBOX}`, `x.to[1]: ${MAILBOX}`],
    ],
    [
      '{ type: airmdr }',
      [
        'x.token: is missing; write it, or webhook instead',
        'x.organizationCode: is missing; write it, or webhook instead',
        'x.alertType: is missing; write it, or webhook instead',
      ],
    ],
    [
      '{ type: airmdr, webhook: { env: U }, token: { env: T } }',
      ["x.token: can't stand beside webhook; keep one of them"],
    ],
  ])('can not be %s', async (channel, expected) => {
    const found = await mistakes(channel);
    expect(found.toSorted()).toEqual(expected.toSorted());
    expect(found.join('\n')).not.toContain('T0KEN');
  });

  it('has a path start where its file is', async () => {
    const { alerts } = await load(
      '{ type: email, url: { env: U }, from: m@acme.example, to: [a@acme.example], ca: tls/ca.pem }',
    );
    expect(alerts.channels[0]?.options['ca']).toBe(join(folder, 'tls', 'ca.pem'));
  });

  it('is told of a credential in the file, and of a web hook that may be one', async () => {
    expect((await load('{ type: slack, url: "https://hooks.example/x" }')).warnings).toEqual([
      expect.stringContaining('x.url: is a URL written in the file itself'),
    ]);
    for (const url of ['http://user:pass@alertmanager:9093', 'https://user:pass@hooks.example']) {
      const type = url.startsWith('https') ? 'webhook' : 'alertmanager';
      expect((await load(`{ type: ${type}, url: "${url}" }`)).warnings).toEqual([
        expect.stringContaining('x.url: is a secret written in the file itself'),
      ]);
    }
  });
});

describe('an address that stands elsewhere', () => {
  it('is looked at when it is resolved, and its mistake shows nothing of it', async () => {
    const config = await load('{ type: slack, url: { env: SLACK_URL } }');
    const placed = referencesOf(config, CHANNEL_TYPES);
    const wrong = await resolveAll(placed, { SLACK_URL: 'hooks.example/T0KEN' });
    expect(wrong.failures).toMatchObject([
      { placed: { name: 'alerts.channels.x.url' }, message: `env SLACK_URL: ${HTTPS}` },
    ]);
    expect(JSON.stringify(wrong)).not.toContain('T0KEN');
    const right = await resolveAll(placed, { SLACK_URL: 'https://hooks.example/T0KEN' });
    expect(right.failures).toEqual([]);
  });
});
