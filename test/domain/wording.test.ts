import { describe, expect, it } from '@jest/globals';
import { roughDuration } from '../../src/domain/duration.ts';
import {
  type Audience,
  INCIDENT_CAUSES,
  INCIDENT_KINDS,
  type Incident,
  type IncidentEvidence,
  RESOLUTIONS,
} from '../../src/domain/incident.ts';
import { newIncident } from '../../src/domain/incident-book.ts';
import { describeIncident } from '../../src/domain/wording.ts';
import { ACME, HOUR, MINUTE, T0 } from './checks.ts';

const evidence: IncidentEvidence = {
  verdict: 'rejected',
  httpStatus: 401,
  code: 'InvalidClientIdentifier',
  requestId: 'r-1',
  confirmations: 3,
  lastSuccessAt: T0 - HOUR,
};
const incident = newIncident(
  {
    id: 'i',
    kind: 'credential_invalid',
    cause: 'revoked',
    severity: 'critical',
    connection: ACME,
    evidence,
    sequence: 1,
    notice: { due: null, since: null, held: null, toldAt: T0, quiet: null },
  },
  T0,
);
const AUDIENCE: Audience = { channels: ['soc'], total: 12, ids: ['acme-siem'], tenant: null };
const unverifiable: Incident = { ...incident, kind: 'credential_unverifiable', cause: null };

describe('describeIncident', () => {
  it.each([
    ['revoked', 'Acme Corp: Mimecast credentials of acme-siem were revoked'],
    ['never_valid', 'Acme Corp: Mimecast credentials of acme-siem have never worked'],
    ['expired', 'Acme Corp: Mimecast credentials of acme-siem have expired'],
    ['forbidden', 'Acme Corp: Mimecast credentials of acme-siem are no longer permitted'],
  ] as const)('sums up %s with the tenant and the connection', (cause, summary) => {
    expect(describeIncident({ ...incident, cause }, 'firing', AUDIENCE, T0).summary).toBe(summary);
  });

  it.each(INCIDENT_CAUSES)(
    'tells what was answered and how to mend it, naming both consoles: %s',
    (cause) => {
      const { description, remediation } = describeIncident({ ...incident, cause }, 'firing', AUDIENCE, T0);
      expect(description).toContain('in 3 checks in a row');
      expect(description).toContain('HTTP 401, InvalidClientIdentifier, request r-1');
      expect(remediation).toContain('Integrations Hub');
      expect(remediation).toContain('API Applications');
    },
  );

  it('names the 30-minute wait where keys never worked', () => {
    expect(
      describeIncident({ ...incident, cause: 'never_valid' }, 'firing', AUDIENCE, T0).remediation,
    ).toContain('30 minutes');
  });

  it('does not say that keys which never worked last worked at some time', () => {
    const { description } = describeIncident({ ...incident, cause: 'never_valid' }, 'firing', AUDIENCE, T0);
    expect(description).not.toContain('They last worked');
    expect(description).toContain('Other keys of this connection last worked at 2026-06-01T11:00:00.000Z');
  });

  it('says when keys last worked, or that they never did', () => {
    expect(describeIncident(incident, 'firing', AUDIENCE, T0).description).toContain(
      'last worked at 2026-06-01T11:00:00.000Z',
    );
    const never = { ...incident, evidence: { ...evidence, lastSuccessAt: null } };
    expect(describeIncident(never, 'firing', AUDIENCE, T0).description).toContain(
      'have not worked since they were registered',
    );
  });

  it('asks to add a code only where a gateway sent one with a 401', () => {
    const code: Incident = {
      ...unverifiable,
      evidence: { ...evidence, verdict: 'auth_uncertain', code: 'token_verification_failed' },
    };
    expect(describeIncident(code, 'firing', AUDIENCE, T0).remediation).toContain(
      '(token_verification_failed)',
    );
    const refused: Incident = {
      ...unverifiable,
      evidence: { ...evidence, verdict: 'network_error', httpStatus: null, code: 'ECONNREFUSED' },
    };
    const { remediation } = describeIncident(refused, 'firing', AUDIENCE, T0);
    expect(remediation).not.toContain('ECONNREFUSED');
    expect(remediation).toContain('The last certain answer was a refusal');
  });

  it('sends the reader to the secret when it could not be read', () => {
    const unread: Incident = {
      ...unverifiable,
      severity: 'warning',
      evidence: { ...evidence, verdict: 'secret_unavailable', httpStatus: null },
    };
    expect(describeIncident(unread, 'firing', AUDIENCE, T0).remediation).toContain(
      'the secret could not be read',
    );
  });

  it('tells why a config was refused', () => {
    const refused: Incident = {
      ...incident,
      kind: 'config_rejected',
      cause: null,
      connection: null,
      evidence: null,
      detail: 'tenants.yaml:3:5: unknown key',
    };
    const { summary, description } = describeIncident(refused, 'firing', AUDIENCE, T0);
    expect(summary).toBe('The monitor refused a changed config and goes on with the previous one');
    expect(description).toBe('tenants.yaml:3:5: unknown key');
  });

  it('marks a reminder in its summary', () => {
    expect(describeIncident(incident, 'reminder', AUDIENCE, T0).summary).toMatch(/^Still open: Acme Corp: /);
  });

  it.each(RESOLUTIONS)('says how it ended and after how long: %s', (resolution) => {
    const { summary, description } = describeIncident(
      { ...incident, resolution },
      'resolved',
      AUDIENCE,
      T0 + 90 * MINUTE,
    );
    expect(summary).toMatch(/^Acme Corp: Mimecast credentials of acme-siem/);
    expect(description).toContain('after 1h 30m');
  });

  it.each(INCIDENT_KINDS)('has a summary for every kind, with and without a connection: %s', (kind) => {
    for (const connection of [ACME, null]) {
      for (const status of ['firing', 'reminder', 'resolved'] as const) {
        const text = describeIncident(
          { ...incident, kind, connection, evidence: null },
          status,
          AUDIENCE,
          T0,
        );
        expect(text.summary.length).toBeGreaterThan(0);
        expect(JSON.stringify(text)).not.toMatch(/undefined|null|NaN/);
      }
    }
  });
});

describe('the end of a digest', () => {
  const five: Audience = { channels: ['soc'], total: 5, ids: [], tenant: 'Acme Corp' };
  const digest: Incident = { ...incident, connection: null, subject: 'digest' };
  const WHO = 'Acme Corp: Mimecast credentials of 5 connections';

  it.each([
    ['recovered', ['recovered'], 'credential_invalid', 'work again'],
    ['recovered', ['recovered'], 'credential_unverifiable', 'work again'],
    ['recovered', ['recovered'], 'credential_expiring', 'have a new expiry'],
    ['superseded', ['superseded'], 'credential_invalid', 'more is known now'],
    ['removed', ['removed'], 'credential_invalid', 'are no longer monitored'],
    ['disabled', ['disabled'], 'credential_invalid', 'are no longer checked'],
    ['recovered', ['recovered', 'removed'], 'credential_invalid', 'none is in this trouble any more'],
    ['recovered', [], 'credential_invalid', 'none is in this trouble any more'],
    ['superseded', [], 'mass_rejection', 'the mass rejection is over'],
  ] as const)('%s, of members that ended %j, %s: %s', (resolution, memberEnds, kind, what) => {
    const ended = { ...digest, resolution, memberEnds, kind };
    const { summary } = describeIncident(ended, 'resolved', five, T0 + HOUR);
    expect([`${WHO} ${what}`, `${WHO}: ${what}`]).toContain(summary);
  });
});

describe('roughDuration', () => {
  it.each([
    [0, '0s'],
    [-5, '0s'],
    [40_000, '40s'],
    [59_600, '1m'],
    [90_000, '1m 30s'],
    [3_600_000, '1h'],
    [3_660_000, '1h 1m'],
    [86_400_000 + 2 * 3_600_000 + 59_000, '1d 2h'],
    [86_400_000 + 59_000, '1d'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(roughDuration(ms)).toBe(text);
  });
});

it('names one, and counts more', () => {
  const one: Audience = { channels: ['soc'], total: 1, ids: ['acme'], tenant: null };
  const many = { ...incident, connection: null, subject: 'digest' };
  expect(describeIncident(many, 'firing', one, T0).summary).toBe('Mimecast credentials of acme were revoked');
  expect(describeIncident(many, 'firing', { ...one, total: 2 }, T0).summary).toBe(
    'Mimecast credentials of 2 connections were revoked',
  );
});
