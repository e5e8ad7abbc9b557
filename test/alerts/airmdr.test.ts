import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { sendToAirMdr } from '../../src/alerts/airmdr/send.ts';
import { Secret } from '../../src/domain/secret.ts';
import { NOTIFICATION } from './notifications.ts';
import { answering, contextOf, receive } from './receiver.ts';
import { takesEveryMessage } from './vendor.ts';

/** createAlertsAPI of AirMDR's Case Manager; a webhook takes any JSON object as the alert itself. */
const alert = z.strictObject({
  alert_content: z.string().min(1),
  alert_provider: z.string().min(1),
  organization_code: z.literal('ACME'),
  alert_type: z.literal('credential-lost'),
  created_at_source: z.int().min(1_000_000_000).max(9_999_999_999),
});

const TOKEN = {
  token: new Secret('t0ken.abc'),
  organizationCode: 'ACME',
  alertType: 'credential-lost',
};

describe('an alert for AirMDR with a token', () => {
  takesEveryMessage({
    type: 'airmdr',
    settings: (origin) => ({ ...TOKEN, url: `${origin}/airmdrapi/alerts` }),
    check: ({ body, headers, url }) => {
      if (url !== '/airmdrapi/alerts') return 'not found';
      if (headers.cookie !== 'Session="t0ken.abc"') return 'unauthorized';
      const read = alert.safeParse(JSON.parse(body));
      return read.success ? null : read.error.message;
    },
    yes: { status: 201, body: '{"alert_id":"ACME-MIMECAST-1","alert_uuid":"u","investigation_status":0}' },
    no: { status: 400, body: '{"message":"bad request"}' },
  });

  it('holds the whole notification', async () => {
    const receiver = await receive(answering(201));
    const settings = {
      ...TOKEN,
      url: receiver.origin,
      userId: 'u-1',
      organizationId: 'o-1',
      alertProvider: 'mdr',
    };
    await sendToAirMdr(NOTIFICATION, settings, contextOf());
    const { body, headers } = receiver.received[0] ?? { body: '', headers: {} };
    expect(headers).toMatchObject({ 'user-id': 'u-1', 'organization-id': 'o-1' });
    const sent = alert.parse(JSON.parse(body));
    expect(sent).toMatchObject({ alert_provider: 'mdr', created_at_source: 1_780_315_200 });
    expect(JSON.parse(sent.alert_content)).toEqual(NOTIFICATION);
  });

  it.each(['has space', 'quo"te', 'semi;colon', 'ünicode', ''])(
    'is not sent when the token could not stand in a cookie: %p',
    async (token) => {
      const receiver = await receive(answering(201));
      const settings = { ...TOKEN, token: new Secret(token), url: receiver.origin };
      const result = await sendToAirMdr(NOTIFICATION, settings, contextOf());
      expect(result).toMatchObject({
        kind: 'transient',
        reason: 'the configured token holds a character that no token has',
        retryAfterMs: null,
      });
      expect(receiver.received).toEqual([]);
    },
  );
});

describe('an alert for a webhook of AirMDR', () => {
  takesEveryMessage({
    type: 'airmdr',
    settings: (origin) => ({ webhook: new Secret(`${origin}/airmdrapi/webhooks/w1/s3cret/alerts`) }),
    check: ({ body, headers, url }) => {
      if (url !== '/airmdrapi/webhooks/w1/s3cret/alerts') return 'not found';
      if (headers.cookie !== undefined) return 'a webhook is sent no cookie';
      return (
        z.looseObject({ incident: z.string(), kind: z.string() }).safeParse(JSON.parse(body)).error
          ?.message ?? null
      );
    },
    yes: { status: 201, body: '{"alert_id":"ACME-MIMECAST-1"}' },
    no: { status: 404, body: '{"message":"unknown webhook"}' },
  });

  it.each([
    [201, 'delivered'],
    [409, 'delivered'],
    [404, 'permanent'],
    [429, 'transient'],
    [503, 'transient'],
  ])('counts as AirMDR says: %d is %s', async (status, kind) => {
    const { origin } = await receive(answering(status, {}, '{"message":"s3cret"}'));
    const result = await sendToAirMdr(NOTIFICATION, { webhook: new Secret(`${origin}/s3cret`) }, contextOf());
    expect(result).toMatchObject({ kind });
    expect(JSON.stringify(result)).not.toContain('s3cret');
  });
});
