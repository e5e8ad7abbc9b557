import { describe, expect, it } from '@jest/globals';
import { CONNECTION_CONCERNS, FLEET_CONCERNS } from '../../src/domain/concerns.ts';
import { escapeHtml } from '../../src/domain/escape-html.ts';
import { gatewayOrigin, isServedGlobally } from '../../src/domain/gateway.ts';
import { INCIDENT_CAUSES, INCIDENT_KINDS } from '../../src/domain/incident.ts';
import { issuedToken } from '../../src/domain/issued-token.ts';
import { describeReference, type Reference } from '../../src/domain/reference.ts';
import { Secret } from '../../src/domain/secret.ts';
import { secretSource } from '../../src/domain/secret-source.ts';
import { testNotification } from '../../src/domain/test-notification.ts';
import { valueMistake } from '../../src/domain/value-rule.ts';
import { HOUR, T0 } from './checks.ts';
import { connectionOf } from './desk.ts';

const literal: Reference = { kind: 'literal', value: new Secret('s3cret') };
const env: Reference = { kind: 'env', name: 'ACME_SECRET' };
const file = (path: string): Reference => ({ kind: 'file', path });
const exec = (...command: [string, ...string[]]): Reference => ({ kind: 'exec', command, directory: '/etc' });

describe('where a value comes from', () => {
  it.each([
    [literal, 'literal in the config file'],
    [env, 'env ACME_SECRET'],
    [file('/run/secrets/acme'), 'file /run/secrets/acme'],
    [exec('vault', '-token=s3cret'), 'exec vault'],
  ])('is said without the value: %#', (reference, text) => {
    expect(describeReference(reference)).toBe(text);
  });
});

describe('what the keys of several connections come from', () => {
  it.each<[string, Reference, Reference, string | null, string]>([
    ['a program', literal, exec('vault', 'read', 'acme'), null, 'exec vault'],
    [
      'a program behind env',
      literal,
      exec('/usr/bin/env', '-i', 'TOKEN=s3cret', 'vault', 'x'),
      null,
      'exec vault',
    ],
    ['env itself', literal, exec('env', '-i'), null, 'exec env'],
    ['a program whose name ends like env', literal, exec('direnv', 'vault'), null, 'exec direnv'],
    [
      'a program whose name begins like env',
      literal,
      exec('/usr/bin/envoy', 'x'),
      null,
      'exec /usr/bin/envoy',
    ],
    ['a folder', literal, file('/run/secrets/acme'), null, 'directory /run/secrets'],
    ['the topmost folder', literal, file('/acme'), null, 'directory /'],
    ['the environment', literal, env, null, 'the environment'],
    ['the config file', literal, literal, 'x', 'the config file'],
    ['the secret rather than the id', env, file('/run/secrets/acme'), null, 'directory /run/secrets'],
    [
      'the secret, as the code says',
      env,
      file('/run/secrets/acme'),
      'file_unreadable',
      'directory /run/secrets',
    ],
    ['the id, as the code says', env, file('/run/secrets/acme'), 'env_unset', 'the environment'],
    ['the id where only that is looked up', env, literal, null, 'the environment'],
    ['the secret where the code says nothing of it', env, exec('vault'), 'envelope', 'exec vault'],
  ])('%s', (_what, clientId, clientSecret, code, source) => {
    expect(secretSource(connectionOf('acme', { clientId, clientSecret }), code)).toBe(source);
  });
});

describe('the token of an answer', () => {
  const tokenOf = (body: string, oversized = false) =>
    issuedToken({
      kind: 'answer',
      status: 200,
      headers: {},
      body: new TextEncoder().encode(body),
      oversized,
    });

  it.each([
    ['{"access_token":"abc"}', 'abc'],
    ['{"access_token":" abc\\n"}', 'abc'],
  ])('%s is %j', (body, token) => {
    expect(tokenOf(body)?.reveal()).toBe(token);
  });

  it.each(['{"access_token":" "}', '{"access_token":7}', '{}', 'null', '"access_token"', '7', '<html>', ''])(
    '%s is none',
    (body) => {
      expect(tokenOf(body)).toBeNull();
    },
  );

  it('is none of an answer that was cut off, and of none', () => {
    expect(tokenOf('{"access_token":"abc"}', true)).toBeNull();
    expect(issuedToken({ kind: 'failure', verdict: 'timeout', code: null, message: null })).toBeNull();
  });
});

it('every character that means something in HTML is escaped, wherever it stands', () => {
  expect(escapeHtml(`<a href="x&y">it's</a> && <b>`)).toBe(
    '&lt;a href=&quot;x&amp;y&quot;&gt;it&#39;s&lt;/a&gt; &amp;&amp; &lt;b&gt;',
  );
  expect(escapeHtml(`""''>>`)).toBe('&quot;&quot;&#39;&#39;&gt;&gt;');
});

describe('a test of a channel', () => {
  const run = { id: 't-1', severity: 'critical', startedAt: T0 } as const;

  it('begins and ends as one incident about nobody', () => {
    expect(testNotification(run, 'firing', T0)).toEqual({
      version: '1',
      id: 't-1-1',
      incident: 't-1',
      kind: 'credential_unverifiable',
      cause: null,
      status: 'firing',
      resolution: null,
      severity: 'critical',
      summary: expect.stringMatching(/^TEST: mimecast-monitor can reach you/),
      description: expect.stringContaining('No credential is affected'),
      remediation: 'Nothing to do.',
      connection: {
        id: 'test-alert',
        tenant: 'TEST',
        gateway: 'https://api.services.mimecast.com',
        labels: {},
      },
      connections: null,
      evidence: null,
      startedAt: '2026-06-01T12:00:00.000Z',
      occurredAt: '2026-06-01T12:00:00.000Z',
    });
    expect(testNotification(run, 'resolved', T0 + HOUR)).toMatchObject({
      id: 't-1-2',
      incident: 't-1',
      status: 'resolved',
      resolution: 'recovered',
      summary: expect.stringMatching(/^TEST: .* is over$/),
      description: expect.stringContaining('nothing stays open'),
      startedAt: '2026-06-01T12:00:00.000Z',
      occurredAt: '2026-06-01T13:00:00.000Z',
    });
  });
});

describe('a value of the config', () => {
  it.each([
    ['redis://localhost:6379', 'redis', null],
    ['rediss://host:6380', 'redis', null],
    ['unix:///run/redis.sock', 'redis', null],
    ['redis+sentinel://a:26379,b:26379/mymaster', 'redis', null],
    ['rediss+sentinel://sentinel-1/mymaster/0', 'redis', null],
    ['redis+sentinel://a:26379', 'redis', /^must be a URL such as redis:/],
    ['redis+sentinel:///mymaster', 'redis', /^must be a URL such as redis:/],
    ['redis+sentinel://a:26379/', 'redis', /^must be a URL such as redis:/],
    ['xredis+sentinel://a:26379/mymaster', 'redis', /^must be a URL such as redis:/],
    ['http://localhost:6379', 'redis', /^must be a URL such as redis:/],
    ['xredis://localhost', 'redis', /^must be a URL such as redis:/],
    ['redisx://localhost', 'redis', /^must be a URL such as redis:/],
    ['localhost:6379', 'redis', /^must be a URL such as redis:/],
    ['not a url', 'redis', /^must be a URL such as redis:/],
    ['https://hooks.example', 'https', null],
    ['hooks.example', 'https', /^must be an absolute https/],
    ['short', 'signing_secret', /./],
  ] as const)('%s for %s', (text, rule, mistake) => {
    const found = valueMistake(text, rule);
    if (mistake === null) expect(found).toBeNull();
    else expect(found).toMatch(mistake);
  });
});

describe('what can be told', () => {
  it('is every kind and cause, of a connection or of the monitor, the worst first', () => {
    const all = [...CONNECTION_CONCERNS, ...FLEET_CONCERNS];
    expect(new Set(all.map(({ kind }) => kind))).toEqual(new Set(INCIDENT_KINDS));
    expect(
      CONNECTION_CONCERNS.slice(0, 5).map(({ kind, cause, severity }) => `${kind} ${cause} ${severity}`),
    ).toEqual([
      'credential_invalid revoked critical',
      'credential_invalid expired critical',
      'credential_invalid forbidden critical',
      'credential_invalid never_valid critical',
      'credential_invalid never_valid warning',
    ]);
    const causes = CONNECTION_CONCERNS.flatMap(({ cause }) => cause ?? []);
    expect(new Set(causes)).toEqual(new Set(INCIDENT_CAUSES));
    for (const { kind, cause } of all) expect(cause !== null).toBe(kind === 'credential_invalid');
    expect(new Set(all.map((one) => JSON.stringify(one))).size).toBe(all.length);
  });

  it('is as grave as the contract says', () => {
    const grave = CONNECTION_CONCERNS.slice(5).map(({ kind, severity }) => [kind, severity]);
    expect(grave).toEqual([
      ['credential_unverifiable', 'critical'],
      ['credential_unverifiable', 'warning'],
      ['credential_expiring', 'critical'],
      ['credential_expiring', 'warning'],
      ['permission_lost', 'warning'],
      ['mass_rejection', 'critical'],
      ['gateway_outage', 'warning'],
    ]);
    expect(FLEET_CONCERNS.map(({ kind, severity }) => [kind, severity])).toEqual([
      ['config_rejected', 'warning'],
      ['channel_failing', 'warning'],
    ]);
  });
});

describe('a gateway that must not be used', () => {
  it.each([
    ['acme', /^must be an absolute URL such as https:\/\/us-api/],
    ['ftp://api.services.mimecast.com', /^must start with https:\/\/, not ftp:\/\/$/],
    ['https://u:p@api.services.mimecast.com', /^must not hold a user name or password/],
    ['https://:p@api.services.mimecast.com', /^must not hold a user name or password/],
    [
      'https://api.services.mimecast.com/x',
      /^must end after the host; write https:\/\/api\.services\.mimecast\.com$/,
    ],
    ['https://uk-api.mimecast.com', /is an API 1\.0 host; .*: https:\/\/uk-api\.services\.mimecast\.com$/],
    ['https://api.mimecast.com', /is an API 1\.0 host; .*: https:\/\/api\.services\.mimecast\.com$/],
    [
      'https://us-api.servces.mimecast.com',
      /did you mean https:\/\/us-api\.services\.mimecast\.com\? Otherwise write region/,
    ],
    ['https://quite.another.example', /is not a Mimecast host; write region: global, uk or us/],
    [
      'http://api.services.mimecast.com:8080',
      /^plain http is for loopback only; write https:\/\/api\.services\.mimecast\.com:8080$/,
    ],
    ['https://xus-api.mimecast.com', /is not a Mimecast host/],
    ['https://us-api.mimecast.com.example', /is not a Mimecast host/],
  ])('%s: %s', (url, message) => {
    expect(gatewayOrigin(url, [])).toMatchObject({ ok: false, message: expect.stringMatching(message) });
  });

  it('is none of an instance that only the global one serves', () => {
    expect(
      ['us', 'eu', 'de', 'au', 'za', 'ca', 'usb', 'je', 'uk', 'global', 'xx'].filter(isServedGlobally),
    ).toEqual(['eu', 'de', 'au', 'za', 'ca', 'usb', 'je']);
  });
});
