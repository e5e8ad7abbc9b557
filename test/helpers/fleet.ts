import type { Connection } from '../../src/domain/connection.ts';
import type { StateEvent } from '../../src/domain/event.ts';
import type { Incident } from '../../src/domain/incident.ts';
import type { PermissionRecord } from '../../src/domain/permission.ts';
import { type HealthRecord, newRecord } from '../../src/domain/record.ts';
import { Secret } from '../../src/domain/secret.ts';

export const US = 'https://us-api.services.mimecast.com';
export const UK = 'https://uk-api.services.mimecast.com';

/** 2026-01-01T00:00:00Z. */
export const NEW_YEAR = Date.UTC(2026, 0, 1);

export function connectionOf(id: string, more: Partial<Connection> = {}): Connection {
  const value = new Secret(`secret of ${id}`);
  return {
    id,
    tenant: id,
    gateway: US,
    clientId: { kind: 'literal', value },
    clientSecret: { kind: 'literal', value },
    intervalMs: 300_000,
    timeoutMs: 10_000,
    confirmations: 3,
    secretExpiresAt: null,
    labels: {},
    channels: null,
    enabled: true,
    ...more,
  };
}

/** A record of a connection that has been checked at least once, unless `more` says otherwise. */
export function recordOf(more: Partial<HealthRecord> = {}): HealthRecord {
  return {
    ...newRecord(US, NEW_YEAR, null),
    state: 'healthy',
    fingerprint: 'present',
    validFingerprints: ['present'],
    lastCheckAt: NEW_YEAR + 60_000,
    lastVerdict: 'valid',
    lastSuccessAt: NEW_YEAR + 60_000,
    tokenLifetimeSeconds: 1_799,
    evidence: { verdict: 'valid', httpStatus: 200, code: null, requestId: null },
    ...more,
  };
}

export function incidentOf(connection: Connection | null, more: Partial<Incident> = {}): Incident {
  return {
    schema: 2,
    id: `e1-${connection?.id ?? 'fleet'}-${more.kind ?? 'credential_invalid'}-7`,
    kind: 'credential_invalid',
    cause: 'revoked',
    severity: 'critical',
    connection: connection && {
      id: connection.id,
      tenant: connection.tenant,
      gateway: connection.gateway,
      labels: connection.labels,
    },
    evidence: {
      verdict: 'rejected',
      httpStatus: 401,
      code: 'InvalidClientIdentifier',
      requestId: 'r-1',
      confirmations: 3,
      lastSuccessAt: NEW_YEAR,
    },
    override: null,
    detail: null,
    subject: null,
    members: [],
    group: null,
    audiences: [{ channels: ['soc'], total: 1, ids: ['acme'], tenant: null }],
    memberEnds: [],
    membersTold: 0,
    calmSince: null,
    sequence: 1,
    startedAt: NEW_YEAR + 60_000,
    resolvedAt: null,
    resolution: null,
    notice: { due: null, since: null, held: null, toldAt: NEW_YEAR + 60_000, quiet: null },
    ...more,
  };
}

export function revocationOf(connection: Connection): StateEvent {
  const { id, tenant, gateway, labels } = connection;
  return {
    type: 'state',
    version: 7,
    at: NEW_YEAR + 60_000,
    from: 'suspect',
    to: 'revoked',
    reason: 'rejection_confirmed',
    evidence: { verdict: 'rejected', httpStatus: 401, code: 'InvalidClientIdentifier', requestId: 'r-1' },
    rejections: 3,
    lastSuccessAt: NEW_YEAR,
    registeredAt: NEW_YEAR,
    unknownCodePersists: false,
    connection: { id, tenant, gateway, labels },
    channels: null,
    declaredExpiry: null,
  };
}

/** What is remembered where a permission was granted. */
export const PERMITTED: PermissionRecord = {
  call: 'GET /identity/whoami',
  state: 'permitted',
  since: NEW_YEAR,
  denials: 0,
  lastCountedAt: null,
  askedAt: NEW_YEAR,
  permittedAt: NEW_YEAR,
  last: { result: 'permitted', httpStatus: 200, code: null, requestId: null },
};
