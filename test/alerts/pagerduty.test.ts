import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { PAGERDUTY_OPTIONS, PAGERDUTY_URL } from '../../src/alerts/pagerduty/options.ts';
import { pagerDutyEvent } from '../../src/alerts/pagerduty/payload.ts';
import { addressMistake } from '../../src/domain/address.ts';
import { Secret } from '../../src/domain/secret.ts';
import { NOTIFICATION, OUTAGE, REMINDER, RESOLVED } from './notifications.ts';
import { takesEveryMessage } from './vendor.ts';

const KEY = 'e93facc04764012d7bfb002500d5d1a6';

/** Events API v2, after reference/events-v2/openapiv3.json of PagerDuty/api-schema and its page on limits. */
const common = { routing_key: z.string().length(32), dedup_key: z.string().min(1).max(255) };
const event = z.discriminatedUnion('event_action', [
  z.strictObject({
    ...common,
    event_action: z.literal('trigger'),
    client: z.string(),
    payload: z.strictObject({
      summary: z.string().min(1).max(1_024),
      source: z.string().min(1),
      severity: z.enum(['critical', 'warning', 'error', 'info']),
      timestamp: z.iso.datetime(),
      component: z.string().optional(),
      group: z.string().optional(),
      class: z.string(),
      custom_details: z.record(z.string(), z.unknown()),
    }),
  }),
  z.strictObject({ ...common, event_action: z.literal('resolve') }),
]);

describe('an event for PagerDuty', () => {
  takesEveryMessage({
    type: 'pagerduty',
    settings: (origin) => ({ routingKey: new Secret(KEY), url: `${origin}/v2/enqueue` }),
    check: ({ body, url }) => {
      if (url !== '/v2/enqueue') return 'not found';
      const read = event.safeParse(JSON.parse(body));
      if (!read.success) return read.error.message;
      return Buffer.byteLength(body) > 512 * 1_024 ? 'too large' : null;
    },
    yes: { status: 202, body: '{"status":"success","message":"Event processed","dedup_key":"x"}' },
    no: { status: 400, body: '{"status":"invalid event","message":"Event object is invalid","errors":[]}' },
  });

  it('triggers with all that is known', () => {
    expect(pagerDutyEvent(NOTIFICATION, KEY)).toMatchObject({
      routing_key: KEY,
      event_action: 'trigger',
      dedup_key: NOTIFICATION.incident,
      payload: {
        summary: NOTIFICATION.summary,
        source: 'https://us-api.services.mimecast.com',
        severity: 'critical',
        timestamp: NOTIFICATION.occurredAt,
        component: 'acme-siem',
        group: 'Acme Corp',
        class: 'credential_invalid',
        custom_details: {
          description: NOTIFICATION.description,
          remediation: NOTIFICATION.remediation,
          labels: { tier: 'gold' },
          notification: NOTIFICATION.id,
        },
      },
    });
    expect(pagerDutyEvent(OUTAGE, KEY)).toMatchObject({
      payload: { severity: 'warning', custom_details: { connections: OUTAGE.connections } },
    });
  });

  it('resolves what it triggered', () => {
    expect(pagerDutyEvent(RESOLVED, KEY)).toEqual({
      routing_key: KEY,
      event_action: 'resolve',
      dedup_key: NOTIFICATION.incident,
    });
  });

  it('reminds by triggering under the same key, which is no new alert while one is open', () => {
    expect(pagerDutyEvent(REMINDER, KEY)).toMatchObject({
      event_action: 'trigger',
      dedup_key: NOTIFICATION.incident,
      payload: { custom_details: { notification: REMINDER.id } },
    });
  });

  it('keeps its key within 255 characters and apart from others', () => {
    const keys = ['a', 'b'].map((end) => {
      const sent = event.parse(pagerDutyEvent({ ...RESOLVED, incident: 'x'.repeat(300) + end }, KEY));
      return sent.dedup_key;
    });
    expect(keys[0]).not.toBe(keys[1]);
  });

  it('goes to PagerDuty unless told otherwise', () => {
    expect(PAGERDUTY_OPTIONS['url']).toMatchObject({ required: false, address: 'https' });
    expect(addressMistake(PAGERDUTY_URL, 'https')).toBeNull();
  });
});
