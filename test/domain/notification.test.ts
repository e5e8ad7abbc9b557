import { describe, expect, it } from '@jest/globals';
import type { Audience, Incident } from '../../src/domain/incident.ts';
import { newIncident } from '../../src/domain/incident-book.ts';
import { notificationOf } from '../../src/domain/notification.ts';
import { ACME, HOUR, MINUTE, T0 } from './checks.ts';

const INCIDENT = newIncident(
  {
    id: 'e1-acme-siem-credential_invalid-9',
    kind: 'credential_invalid',
    cause: 'revoked',
    severity: 'critical',
    connection: ACME,
    evidence: {
      verdict: 'rejected',
      httpStatus: 401,
      code: 'InvalidClientIdentifier',
      requestId: null,
      confirmations: 3,
      lastSuccessAt: T0 - HOUR,
    },
    sequence: 2,
    notice: { due: null, since: null, held: null, toldAt: T0, quiet: null },
  },
  T0,
);

const AUDIENCE: Audience = { channels: ['soc'], total: 1, ids: ['acme-siem'], tenant: 'Acme Corp' };

/** The body of a webhook as section 6 of the contract shows it, with every value that this incident has. */
const EXAMPLE = {
  version: '1',
  id: 'e1-acme-siem-credential_invalid-9-2',
  incident: 'e1-acme-siem-credential_invalid-9',
  kind: 'credential_invalid',
  cause: 'revoked',
  status: 'firing',
  resolution: null,
  severity: 'critical',
  summary: 'Acme Corp: Mimecast credentials of acme-siem were revoked',
  description: expect.any(String),
  remediation: expect.any(String),
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
    requestId: null,
    confirmations: 3,
    lastSuccessAt: '2026-06-01T11:00:00.000Z',
  },
  startedAt: '2026-06-01T12:00:00.000Z',
  occurredAt: '2026-06-01T12:01:00.000Z',
};

describe('notificationOf', () => {
  it('has exactly the fields of the contract, in its order', () => {
    const text = JSON.stringify(notificationOf(INCIDENT, 'firing', AUDIENCE, T0 + MINUTE));
    const body = JSON.parse(text) as typeof EXAMPLE;
    expect(body).toEqual(EXAMPLE);
    expect(Object.keys(body)).toEqual(Object.keys(EXAMPLE));
    expect(Object.keys(body.connection)).toEqual(Object.keys(EXAMPLE.connection));
    expect(Object.keys(body.evidence)).toEqual(Object.keys(EXAMPLE.evidence));
  });

  it('names the whole fleet by a count and ids, and has neither connection nor evidence then', () => {
    const fleet: Incident = {
      ...INCIDENT,
      kind: 'config_rejected',
      cause: null,
      connection: null,
      evidence: null,
    };
    const body = notificationOf(fleet, 'firing', { ...AUDIENCE, total: 70, ids: ['a', 'b'] }, T0);
    expect(body).toMatchObject({
      connection: null,
      connections: { total: 70, ids: ['a', 'b'] },
      evidence: null,
      cause: null,
    });
  });

  it('says how an incident ended', () => {
    const over: Incident = { ...INCIDENT, resolvedAt: T0 + HOUR, resolution: 'recovered', sequence: 3 };
    expect(notificationOf(over, 'resolved', AUDIENCE, T0 + HOUR)).toMatchObject({
      id: 'e1-acme-siem-credential_invalid-9-3',
      status: 'resolved',
      resolution: 'recovered',
    });
  });

  it('holds null where nothing ever worked', () => {
    const { evidence } = INCIDENT;
    const never: Incident = { ...INCIDENT, evidence: evidence && { ...evidence, lastSuccessAt: null } };
    expect(notificationOf(never, 'firing', AUDIENCE, T0).evidence?.lastSuccessAt).toBeNull();
  });
});
