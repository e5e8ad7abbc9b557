import type { Notification } from '../../src/domain/notification.ts';

export const NOTIFICATION: Notification = {
  version: '1',
  id: 'e1-acme-siem-credential_invalid-4-1',
  incident: 'e1-acme-siem-credential_invalid-4',
  kind: 'credential_invalid',
  cause: 'revoked',
  status: 'firing',
  resolution: null,
  severity: 'critical',
  summary: 'Acme Corp: Mimecast credentials of acme-siem were revoked – “quoted”',
  description: 'The gateway refused the key pair in 3 checks in a row.',
  remediation: 'Generate new keys.\nPut them in place.',
  connection: {
    id: 'acme-siem',
    tenant: 'Acme Corp',
    gateway: 'https://us-api.services.mimecast.com',
    labels: { tier: 'gold' },
  },
  connections: null,
  evidence: {
    verdict: 'rejected',
    httpStatus: 401,
    code: 'InvalidClientIdentifier',
    requestId: 'req-17',
    confirmations: 3,
    lastSuccessAt: '2026-06-01T11:00:00.000Z',
  },
  startedAt: '2026-06-01T12:00:00.000Z',
  occurredAt: '2026-06-01T12:00:00.000Z',
};

export const REMINDER: Notification = {
  ...NOTIFICATION,
  id: 'e1-acme-siem-credential_invalid-4-2',
  status: 'reminder',
  occurredAt: '2026-06-02T12:00:00.000Z',
};

export const RESOLVED: Notification = {
  ...NOTIFICATION,
  id: 'e1-acme-siem-credential_invalid-4-3',
  status: 'resolved',
  resolution: 'recovered',
  summary: 'Acme Corp: Mimecast credentials of acme-siem work again',
  description: 'A token was issued after 1d 2h.',
  remediation: 'Nothing to do.',
  occurredAt: '2026-06-02T14:00:00.000Z',
};

/** A whole fleet: 1,234 connections, of which a notification names the first 50. */
export const OUTAGE: Notification = {
  ...NOTIFICATION,
  id: 'e1-fleet-gateway_outage-9-1',
  incident: 'e1-fleet-gateway_outage-9',
  kind: 'gateway_outage',
  cause: null,
  severity: 'warning',
  summary: 'A gateway gives no answers',
  connection: null,
  connections: {
    total: 1_234,
    ids: Array.from({ length: 50 }, (_, index) => `globex-${String(index).padStart(2, '0')}`),
  },
  evidence: null,
};

/** Of no connection in particular. */
export const CONFIG_REJECTED: Notification = {
  ...OUTAGE,
  id: 'e1-fleet-config_rejected-2-1',
  incident: 'e1-fleet-config_rejected-2',
  kind: 'config_rejected',
  summary: 'The monitor refused a changed config and goes on with the previous one',
  remediation: '',
  connections: { total: 0, ids: [] },
};

/** A customer whose name means something in every format there is. */
export const HOSTILE_TEXT =
  '<!channel> <at>all</at> <script>alert(1)</script> &amp; "x" \'y\' *b* _i_ ~s~ `c` [a](https://evil.example)\n- l\n1. n\n# h \\ 😀';

export const HOSTILE: Notification = {
  ...NOTIFICATION,
  summary: HOSTILE_TEXT,
  description: HOSTILE_TEXT,
  remediation: HOSTILE_TEXT,
  connection: {
    id: 'acme-siem',
    tenant: HOSTILE_TEXT,
    gateway: 'https://us-api.services.mimecast.com',
    labels: { owner: HOSTILE_TEXT },
  },
};

/** As large as anything gets, of characters that need escaping or two code units. */
export const HUGE: Notification = {
  ...HOSTILE,
  summary: '<😀&'.repeat(20_000),
  description: '😀'.repeat(50_000),
  remediation: '&_*'.repeat(50_000),
  connection: {
    id: 'a'.repeat(63),
    tenant: '<'.repeat(256),
    gateway: 'https://us-api.services.mimecast.com',
    labels: Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`label_${index}`, '&'.repeat(256)])),
  },
};

export const HUGE_FLEET: Notification = {
  ...HUGE,
  connection: null,
  connections: { total: 100_000, ids: Array.from({ length: 50 }, () => 'b_'.repeat(31)) },
};

/** Nothing to say where something is expected. */
export const BLANK: Notification = { ...CONFIG_REJECTED, description: ' \n', remediation: '\t' };

export const ALL: readonly (readonly [string, Notification])[] = [
  ['a firing', NOTIFICATION],
  ['a reminder', REMINDER],
  ['a resolve', RESOLVED],
  ['a message about many connections', OUTAGE],
  ['a message about none', CONFIG_REJECTED],
  ['blank texts', BLANK],
  ['texts that mean something in the format', HOSTILE],
  ['texts of any length', HUGE],
  ['many long names', HUGE_FLEET],
];
