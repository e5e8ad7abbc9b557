import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { alertmanagerAlert } from '../../src/alerts/alertmanager/payload.ts';
import { sendToAlertmanager } from '../../src/alerts/alertmanager/send.ts';
import type { Notification } from '../../src/domain/notification.ts';
import { Secret } from '../../src/domain/secret.ts';
import { type Alertmanager, startAlertmanager } from '../helpers/alertmanager.ts';
import { ALL, CONFIG_REJECTED, HOSTILE, NOTIFICATION, OUTAGE, REMINDER, RESOLVED } from './notifications.ts';
import { answering, contextOf, receive } from './receiver.ts';
import { takesEveryMessage } from './vendor.ts';

/** `postableAlerts` of api/v2/openapi.yaml, with the names that Prometheus allows for labels. */
const labelSet = z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string());
const alerts = z
  .array(
    z.strictObject({
      labels: labelSet.refine((labels) => Object.values(labels).some((value) => value !== '')),
      annotations: labelSet.optional(),
      startsAt: z.iso.datetime().optional(),
      endsAt: z.iso.datetime().optional(),
      generatorURL: z.url().optional(),
    }),
  )
  .length(1);

describe('an alert for Alertmanager', () => {
  takesEveryMessage({
    type: 'alertmanager',
    settings: (origin) => ({ url: new Secret(`${origin}/am`) }),
    check: ({ body, url }) => {
      if (url !== '/am/api/v2/alerts') return 'not found';
      const read = alerts.safeParse(JSON.parse(body));
      return read.success ? null : read.error.message;
    },
    yes: { status: 200, body: '' },
    no: { status: 400, body: '"bad request"' },
  });

  it('is named and labelled so that it can be routed', () => {
    expect(alertmanagerAlert(NOTIFICATION)).toEqual({
      labels: {
        alertname: 'MimecastCredentialInvalid',
        kind: 'credential_invalid',
        severity: 'critical',
        tenant: 'Acme Corp',
        connection: 'acme-siem',
        gateway: 'https://us-api.services.mimecast.com',
        incident: NOTIFICATION.incident,
        tier: 'gold',
      },
      annotations: {
        summary: NOTIFICATION.summary,
        description: NOTIFICATION.description,
        remediation: NOTIFICATION.remediation,
        cause: 'revoked',
      },
      startsAt: NOTIFICATION.startedAt,
    });
  });

  it('ends under the labels under which it began, although its cause was found to be another meanwhile', () => {
    const end = { ...RESOLVED, cause: 'forbidden' } as const;
    expect(alertmanagerAlert(end).labels).toEqual(alertmanagerAlert(NOTIFICATION).labels);
  });

  it('keeps its own labels where the config has others of the same name', () => {
    const labels = { severity: 'none', incident: 'x', alertname: 'y', tier: 'gold' };
    const connection = NOTIFICATION.connection && { ...NOTIFICATION.connection, labels };
    expect(alertmanagerAlert({ ...NOTIFICATION, connection }).labels).toEqual(
      alertmanagerAlert(NOTIFICATION).labels,
    );
  });

  it('is the same alert when it is recalled', () => {
    const { labels, startsAt } = alertmanagerAlert(NOTIFICATION);
    expect(alertmanagerAlert(REMINDER)).toMatchObject({ labels, startsAt });
    expect(alertmanagerAlert(REMINDER)).not.toHaveProperty('endsAt');
  });

  it('ends when its incident ended, never before it began', () => {
    expect(alertmanagerAlert(RESOLVED)).toMatchObject({ endsAt: RESOLVED.occurredAt });
    const early = { ...RESOLVED, occurredAt: '2026-05-01T00:00:00.000Z' };
    expect(alertmanagerAlert(early)).toMatchObject({ endsAt: RESOLVED.startedAt });
    expect(alertmanagerAlert(NOTIFICATION)).not.toHaveProperty('endsAt');
  });

  it('of many connections names the first and counts the rest', () => {
    const { labels, annotations } = alertmanagerAlert(OUTAGE);
    expect(annotations['affected']).toMatch(/^1234 connections: globex-00, .* and 1184 more$/);
    expect(labels).not.toHaveProperty('connection');
    expect(alertmanagerAlert(CONFIG_REJECTED).annotations).not.toHaveProperty('affected');
  });

  it.each(['', '/', '//', '/prefix', '/prefix/'])('goes to the API behind the path %p', async (path) => {
    const receiver = await receive(answering(200));
    await sendToAlertmanager(NOTIFICATION, { url: new Secret(receiver.origin + path) }, contextOf());
    expect(receiver.received[0]?.url).toBe(`${path.replace(/\/+$/, '')}/api/v2/alerts`);
  });
});

describe('a real Alertmanager', () => {
  let real: Alertmanager;
  beforeAll(async () => {
    real = await startAlertmanager();
  });
  afterAll(() => real?.stop());

  /** As it would come at this moment, under an incident of its own. */
  function today(notification: Notification, incident: string): Notification {
    const now = Date.now();
    const startedAt = new Date(now - 60_000).toISOString();
    return { ...notification, incident, startedAt, occurredAt: new Date(now).toISOString() };
  }
  const send = (notification: Notification) =>
    sendToAlertmanager(notification, { url: new Secret(real.url) }, contextOf());
  const ofIncident = async (incident: string) =>
    (await real.alerts()).filter(({ labels }) => labels['incident'] === incident);

  it('holds the alert, still one after it was told again, and none after the end', async () => {
    const firing = today(NOTIFICATION, 'real-1');
    expect(await send(firing)).toMatchObject({ kind: 'delivered' });
    const [alert, ...others] = await ofIncident('real-1');
    expect(others).toEqual([]);
    const { labels, annotations } = alertmanagerAlert(firing);
    expect(alert).toMatchObject({ labels, annotations, startsAt: firing.startedAt });
    expect(Date.parse(alert?.endsAt ?? '')).toBeGreaterThan(Date.now());

    for (const again of [NOTIFICATION, REMINDER]) {
      expect(await send({ ...again, incident: 'real-1', startedAt: firing.startedAt })).toMatchObject({
        kind: 'delivered',
      });
    }
    expect(await ofIncident('real-1')).toHaveLength(1);

    const resolved = today({ ...RESOLVED, startedAt: firing.startedAt }, 'real-1');
    expect(await send(resolved)).toMatchObject({ kind: 'delivered' });
    expect(await ofIncident('real-1')).toEqual([]);
  });

  it('keeps two incidents of one connection apart', async () => {
    await send(today(NOTIFICATION, 'real-2'));
    await send(today(NOTIFICATION, 'real-3'));
    await send(today(RESOLVED, 'real-2'));
    expect(await ofIncident('real-2')).toEqual([]);
    expect(await ofIncident('real-3')).toHaveLength(1);
  });

  it.each(ALL)('takes %s', async (_what, notification) => {
    expect(await send(today(notification, 'real-4'))).toMatchObject({ kind: 'delivered' });
  });

  it('shows texts as they were written', async () => {
    await send(today(HOSTILE, 'real-5'));
    const [alert] = await ofIncident('real-5');
    expect(alert?.annotations['summary']).toBe(HOSTILE.summary);
  });

  it('refuses what is no alert, which is given up', async () => {
    const result = await send({ ...today(NOTIFICATION, 'real-6'), startedAt: 'yesterday' });
    expect(result).toMatchObject({ kind: 'permanent', reason: 'the receiver answered HTTP 400' });
  });
});
