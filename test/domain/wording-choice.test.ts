import { describe, expect, it } from '@jest/globals';
import type { Audience, Incident, IncidentEvidence, IncidentKind } from '../../src/domain/incident.ts';
import { newIncident } from '../../src/domain/incident-book.ts';
import { describeIncident } from '../../src/domain/wording.ts';
import { ACME, GATEWAY, HOUR, T0 } from './checks.ts';

/** Which of the sentences is chosen; a few words of it have to do, the rest is free. */

const evidence: IncidentEvidence = {
  verdict: 'rejected',
  httpStatus: 401,
  code: 'InvalidClientIdentifier',
  requestId: null,
  confirmations: 3,
  lastSuccessAt: T0 - HOUR,
};
const one = newIncident(
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
const many: Incident = { ...one, connection: null, subject: 'digest', cause: null, evidence: null };
const unsure: Incident = { ...one, kind: 'credential_unverifiable', cause: null, severity: 'warning' };
const denied: Incident = { ...one, kind: 'permission_lost', cause: null, severity: 'warning' };
const FIVE: Audience = { channels: ['soc'], total: 5, ids: ['acme-siem'], tenant: null };

function worded(
  incident: Incident,
  status: 'firing' | 'reminder' | 'resolved' = 'firing',
  audience: Audience = FIVE,
) {
  return describeIncident(incident, status, audience, T0 + HOUR);
}

describe('what to do', () => {
  it.each<[IncidentKind, RegExp]>([
    ['credential_invalid', /status shows the cause of each/],
    ['credential_unverifiable', /^Check the network path .*may be fine\.$/],
    ['credential_expiring', /update secretExpiresAt or secretIssuedAt/],
    ['gateway_outage', /patience.*Check the network path/],
    ['mass_rejection', /^Wait for the confirmation/],
    ['permission_lost', /^The keys are right: don't replace them/],
    ['config_rejected', /mimecast-monitor validate/],
    ['channel_failing', /mimecast-monitor test-alert/],
  ])('of many that are %s', (kind, remedy) => {
    expect(worded({ ...many, kind, severity: 'warning' }).remediation).toMatch(remedy);
  });

  it.each([
    ['an unknown code that persists', 'critical', 401, 'odd_code', /\(odd_code\).*checks\.codes\.rejected/],
    ['an unknown code so far', 'warning', 401, 'odd_code', /may be fine/],
    ['a 401 without a code after a refusal', 'critical', 401, null, /last certain answer was a refusal/],
    ['another answer after a refusal', 'critical', 503, 'odd_code', /last certain answer was a refusal/],
    ['no answer', 'warning', null, null, /may be fine/],
  ] as const)('when nothing is certain: %s', (_what, severity, httpStatus, code, remedy) => {
    const seen: IncidentEvidence = { ...evidence, verdict: 'auth_uncertain', httpStatus, code };
    expect(worded({ ...unsure, severity, evidence: seen }).remediation).toMatch(remedy);
  });

  it('is known without any evidence', () => {
    expect(worded({ ...unsure, evidence: null }).remediation).toMatch(/may be fine/);
    expect(worded({ ...unsure, severity: 'critical', evidence: null }).remediation).toMatch(
      /last certain answer was a refusal/,
    );
  });
});

describe('what is wrong', () => {
  it.each<[IncidentKind, string]>([
    ['credential_invalid', 'Mimecast credentials of 5 connections do not work'],
    ['credential_unverifiable', "Mimecast credentials of 5 connections can't be verified"],
    ['credential_expiring', 'Mimecast credentials of 5 connections are at or near their declared expiry'],
    ['gateway_outage', `The Mimecast gateway ${GATEWAY} gives no usable answers`],
    ['mass_rejection', 'Mimecast credentials of 5 connections were refused at the same time'],
    ['permission_lost', 'Mimecast credentials of 5 connections work, but may not do what they are for'],
    ['config_rejected', 'The monitor refused a changed config and goes on with the previous one'],
    ['channel_failing', `The alert channel ${GATEWAY} fails`],
  ])('with many that are %s', (kind, summary) => {
    expect(worded({ ...many, kind, subject: GATEWAY }).summary).toBe(summary);
  });

  it('counts one that it may not name', () => {
    expect(worded(many, 'firing', { ...FIVE, total: 1, ids: [] }).summary).toBe(
      'Mimecast credentials of 1 connection do not work',
    );
  });

  it('names the customer whose connections these all are', () => {
    expect(worded(many, 'firing', { ...FIVE, tenant: 'Acme Corp' }).summary).toBe(
      'Acme Corp: Mimecast credentials of 5 connections do not work',
    );
  });

  it.each<[IncidentKind, string | null, RegExp]>([
    ['credential_invalid', null, /refusals in a row for each\. /],
    ['credential_invalid', '3 revoked', /refusals in a row for each \(3 revoked\)\. /],
    ['credential_unverifiable', '2 timeout', /for some time \(2 timeout\)\.$/],
    ['credential_expiring', null, /declared expiry of these secrets/],
    ['gateway_outage', '9 of 10 fail.', /^9 of 10 fail\. A gateway that is down has revoked nothing\.$/],
    ['gateway_outage', null, /^A gateway that is down has revoked nothing\.$/],
    ['mass_rejection', '9 of 10 at once.', /^9 of 10 at once\. Each is being confirmed/],
    ['mass_rejection', null, /^Each is being confirmed/],
    ['permission_lost', '2 denied', /denied \(2 denied\)/],
    ['permission_lost', null, /denied \(nothing more is known\)/],
    ['channel_failing', 'HTTP 410', /^HTTP 410$/],
    ['channel_failing', null, /^$/],
  ])('is described: many that are %s, with %j', (kind, detail, description) => {
    expect(worded({ ...many, kind, detail }).description).toMatch(description);
  });

  it('is described with the connection, its gateway and the proof', () => {
    const { description } = worded(one);
    expect(description).toBe(
      `${GATEWAY} refused the key pair in 3 checks in a row (last verdict rejected, HTTP 401, ` +
        'InvalidClientIdentifier). They last worked at 2026-06-01T11:00:00.000Z. Integrations that use these keys get no data.',
    );
  });

  it('is described as far as it is known, where there is no proof', () => {
    expect(worded({ ...one, evidence: null }).description).toMatch(
      /in 0 checks in a row\. They have not worked since they were registered here\./,
    );
    const bare = { ...evidence, httpStatus: null, code: null };
    expect(worded({ ...one, evidence: bare }).description).toContain('in a row (last verdict rejected). ');
  });

  it('says what was lost of the past, with or without a last success', () => {
    const detail = 'The history was lost.';
    expect(worded({ ...one, detail }).description).toContain('The history was lost. They last worked at');
    const never = { ...evidence, lastSuccessAt: null };
    expect(worded({ ...one, detail, evidence: never }).description).toContain(
      '). The history was lost. Integrations',
    );
    expect(worded({ ...one, detail, cause: 'never_valid' }).description).toContain(
      'The history was lost. Other keys of this connection',
    );
  });

  it('of one expiry is what is known of it', () => {
    const expiring: Incident = { ...one, kind: 'credential_expiring', cause: null };
    expect(worded({ ...expiring, detail: 'It expires tomorrow.' }).description).toBe('It expires tomorrow.');
    expect(worded(expiring).description).toBe('');
  });

  it('is told of uncertain keys with when they last worked', () => {
    expect(worded(unsure).description).toMatch(
      /no answer that proves the keys good or bad \(last verdict rejected.*\)\. They last worked at/,
    );
  });
});

describe('a permission that was lost', () => {
  it.each([
    [
      { call: 'GET /identity/whoami', httpStatus: 403, code: 'denied' },
      null,
      'denied GET /identity/whoami in 3 probes in a row (HTTP 403, denied). The keys themselves',
    ],
    [
      { call: 'GET /a', httpStatus: 403, code: null },
      'Since May.',
      'denied GET /a in 3 probes in a row (HTTP 403). Since May. The keys themselves',
    ],
    [{ call: 'GET /a', httpStatus: null, code: 'denied' }, null, 'in a row (denied). The keys'],
    [
      { httpStatus: null, code: null },
      null,
      'denied the probed call in 3 probes in a row. The keys themselves',
    ],
  ])('is told as %j with %j', (seen, detail, text) => {
    const { description } = worded({ ...denied, detail, evidence: { ...evidence, ...seen } });
    expect(description).toContain(text);
  });

  it('is told without any evidence', () => {
    expect(worded({ ...denied, evidence: null }).description).toContain(
      'denied the probed call in 0 probes in a row. The keys',
    );
  });
});

describe('a secret that could not be read', () => {
  const unread = (more: Partial<IncidentEvidence>): Incident => ({
    ...unsure,
    evidence: { ...evidence, verdict: 'secret_unavailable', httpStatus: null, code: null, ...more },
  });

  it.each([
    [{ code: 'ENOENT' }, 'could not read the secret (ENOENT), and nothing was sent. They last worked'],
    [{ code: null }, 'could not read the secret (no reason is known)'],
    [{ code: 'stale_secret_rejected', httpStatus: 401 }, 'the last value that it gave (HTTP 401)'],
  ])('for %j is no word against Mimecast', (more, text) => {
    const { description, remediation } = worded(unread(more));
    expect(description).toContain(text);
    expect(remediation).toMatch(/monitor's side, not at Mimecast/);
  });

  it('is not meant by other kinds with such evidence', () => {
    const { description } = worded({ ...unread({ code: 'ENOENT' }), kind: 'credential_invalid' });
    expect(description).toContain('refused the key pair');
  });

  const source: Incident = { ...many, kind: 'credential_unverifiable', source: 'vault', detail: 'timeout' };
  it('from a source of many names the source, and the customer only where it is one', () => {
    expect(worded(source)).toMatchObject({
      summary: "The secrets of 5 connections can't be read from vault",
      description: expect.stringContaining('fails: vault (timeout). Nothing'),
      remediation: expect.stringMatching(/^Look at vault .*mimecast-monitor validate/),
    });
    expect(worded({ ...source, detail: null }).description).toContain('fails: vault (). Nothing');
    const acme: Audience = { ...FIVE, total: 1, tenant: 'Acme Corp' };
    expect(worded(source, 'firing', acme).summary).toBe(
      "Acme Corp: the secrets of acme-siem can't be read from vault",
    );
    expect(worded(source, 'firing', { ...FIVE, total: 1, ids: [] }).summary).toContain('1 connection ');
  });

  it('from a source of many ends with the source', () => {
    const ended: Incident = { ...source, resolution: 'recovered', memberEnds: ['recovered'] };
    expect(worded(ended, 'resolved').summary).toBe(
      'The secrets of 5 connections can be read from vault again',
    );
    const mixed: Incident = { ...ended, memberEnds: ['removed'] };
    expect(worded(mixed, 'resolved').summary).toContain('none is in this trouble any more');
  });
});

describe('the end', () => {
  const WHO = 'Acme Corp: Mimecast credentials of acme-siem';

  it.each([
    [
      'credential_invalid',
      'removed',
      `${WHO} are no longer monitored`,
      /was removed from the config after 1h\.$/,
    ],
    ['credential_invalid', 'disabled', `${WHO} are no longer checked`, /connection was disabled after 1h\.$/],
    ['credential_invalid', 'recovered', `${WHO} work again`, /^A token was issued after 1h\.$/],
    ['credential_invalid', null, `${WHO} work again`, /^A token was issued after 1h\.$/],
    ['credential_unverifiable', 'superseded', `${WHO}: more is known now`, /gives certain answers after 1h/],
    ['credential_expiring', 'superseded', `${WHO}: more is known now`, /The keys are refused/],
    ['credential_expiring', 'recovered', `${WHO} have a new expiry`, /date was changed after 1h\.$/],
    ['permission_lost', 'removed', `${WHO} are no longer probed`, /removed from the config after 1h\.$/],
    ['permission_lost', 'disabled', `${WHO} are no longer checked`, /^It was disabled after 1h\.$/],
    ['permission_lost', 'recovered', `${WHO} may do what they are for`, /call was permitted after 1h\.$/],
    ['permission_lost', null, `${WHO} may do what they are for`, /call was permitted after 1h\.$/],
    ['permission_lost', 'superseded', `${WHO}: none is denied any more`, /no longer probed, after 1h\.$/],
  ] as const)('of %s of one connection, %s', (kind, resolution, summary, description) => {
    const text = worded({ ...one, kind, resolution }, 'resolved');
    expect(text.summary).toBe(summary);
    expect(text.description).toMatch(description);
    expect(text.remediation).toMatch(
      resolution === 'superseded' && kind !== 'permission_lost' ? /^See the incident/ : /^Nothing to do\.$/,
    );
  });

  it.each([
    ['gateway_outage', 'removed', 'is no longer used', /No connection uses it any more, after 1h/],
    ['gateway_outage', 'recovered', 'answers again', /usable again after 1h/],
    ['mass_rejection', 'recovered', 'work again', /Tokens are issued to all of them, after 1h/],
    ['mass_rejection', 'superseded', 'the mass rejection is over', /What is still refused after 1h/],
    ['config_rejected', 'recovered', 'accepts its config again', /refuses its config any more, after 1h/],
    ['channel_failing', 'recovered', 'works again', /^A message was delivered after 1h\.$/],
    ['permission_lost', 'recovered', 'may do what they are for', /call was permitted after 1h/],
    ['credential_invalid', 'superseded', 'more is known now', /some of them after 1h; another message/],
    [
      'credential_invalid',
      'removed',
      'are no longer monitored',
      /None of them is monitored any more, after 1h/,
    ],
    ['credential_invalid', 'disabled', 'are no longer checked', /None of them is checked any more, after 1h/],
  ] as const)('of %s of many, %s: they %s', (kind, resolution, what, description) => {
    const text = worded({ ...many, kind, resolution }, 'resolved');
    expect(text.summary).toContain(what);
    expect(text.description).toMatch(description);
    expect(text.remediation).toBe('Nothing to do.');
  });

  it.each([
    ['credential_invalid', ['recovered'], 'work again', /Tokens are issued to all/],
    ['credential_expiring', ['recovered'], 'have a new expiry', /declared dates of all of them/],
    ['credential_invalid', ['recovered', 'disabled'], 'none is in this trouble any more', /Each works again/],
    ['credential_invalid', [], 'none is in this trouble any more', /Each works again/],
  ] as const)('of %s of many that ended %j: %s', (kind, memberEnds, what, description) => {
    for (const resolution of ['recovered', null] as const) {
      const text = worded({ ...many, kind, resolution, memberEnds }, 'resolved');
      expect(text.summary).toContain(what);
      expect(text.description).toMatch(description);
    }
  });

  it('of a denial of many is not a permission where some were only removed', () => {
    const ends = (memberEnds: Incident['memberEnds']) =>
      worded({ ...many, kind: 'permission_lost', resolution: 'removed', memberEnds }, 'resolved').summary;
    expect(ends(['recovered', 'removed'])).toContain('none is denied any more');
    expect(ends(['removed'])).toContain('are no longer probed');
  });

  it('of a failing channel says what had failed', () => {
    const failed: Incident = {
      ...many,
      kind: 'channel_failing',
      resolution: 'recovered',
      detail: 'HTTP 410',
    };
    expect(worded(failed, 'resolved').description).toBe(
      'A message was delivered after 1h. Before that: HTTP 410',
    );
  });

  it('asks for the date of the new secret where the config has that of the previous one', () => {
    const text = worded({ ...one, resolution: 'recovered', outdatedExpiry: T0 }, 'resolved');
    expect(text.description).toMatch(
      /^A token was issued after 1h\. .* expires at 2026-06-01T12:00:00\.000Z\.$/,
    );
    expect(text.remediation).toMatch(/^Update secretExpiresAt or secretIssuedAt/);
  });

  it('counts the time until it came, not until it is told', () => {
    const ended: Incident = { ...one, resolution: 'recovered', resolvedAt: T0 + HOUR / 2 };
    expect(worded(ended, 'resolved').description).toBe('A token was issued after 30m.');
  });
});

describe('a reminder', () => {
  it('says for how long, before what is said anyway', () => {
    const firing = worded(one);
    expect(worded(one, 'reminder')).toEqual({
      summary: `Still open: ${firing.summary}`,
      description: `Open for 1h. ${firing.description}`,
      remediation: firing.remediation,
    });
  });
});
