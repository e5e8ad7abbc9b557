import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { slackMessage } from '../../src/alerts/slack/payload.ts';
import { sendSlack } from '../../src/alerts/slack/send.ts';
import { Secret } from '../../src/domain/secret.ts';
import { CONFIG_REJECTED, HOSTILE, NOTIFICATION, OUTAGE, RESOLVED } from './notifications.ts';
import { answering, contextOf, receive } from './receiver.ts';
import { takesEveryMessage } from './vendor.ts';

/** Block Kit as https://docs.slack.dev/reference/block-kit has it: header, section and context blocks. */
const plain = z.strictObject({
  type: z.literal('plain_text'),
  text: z.string().min(1),
  emoji: z.boolean().optional(),
});
const mrkdwn = z.strictObject({
  type: z.literal('mrkdwn'),
  text: z.string().min(1),
  verbatim: z.boolean().optional(),
});
const text = z.union([plain, mrkdwn]);
const header = z.strictObject({
  type: z.literal('header'),
  text: plain.extend({ text: z.string().min(1).max(150) }),
});
const section = z.strictObject({
  type: z.literal('section'),
  text: text.refine((one) => one.text.length <= 3_000, 'must be less than 3001 characters'),
});
const context = z.strictObject({ type: z.literal('context'), elements: z.array(text).min(1).max(10) });
const message = z.strictObject({
  text: z.string().min(1).max(40_000),
  blocks: z
    .array(z.discriminatedUnion('type', [header, section, context]))
    .min(1)
    .max(50),
});

/** `<` begins a mention or a link and `&` an entity: neither may come from a text. */
function hasNoControl(shown: string): boolean {
  return !/[<>]|&(?!amp;|lt;|gt;)/.test(shown);
}

describe('a message to Slack', () => {
  takesEveryMessage({
    type: 'slack',
    settings: (origin) => ({ url: new Secret(`${origin}/services/T0/B0/x`) }),
    check: ({ body, headers }) => {
      if (!headers['content-type']?.startsWith('application/json')) return 'invalid_payload';
      const read = message.safeParse(JSON.parse(body));
      if (!read.success) return `invalid_blocks: ${read.error.message}`;
      const shown = [
        read.data.text,
        ...read.data.blocks.flatMap((block) => (block.type === 'section' ? block.text.text : [])),
      ];
      return shown.every(hasNoControl) ? null : 'a control character of Slack came from a text';
    },
    yes: { status: 200, body: 'ok' },
    no: { status: 400, body: 'invalid_blocks' },
  });

  it('says what happened, what to do and what is known', () => {
    expect(slackMessage(NOTIFICATION)).toEqual({
      text: `🔴 CRITICAL: ${NOTIFICATION.summary}`,
      blocks: [
        {
          type: 'header',
          text: { type: 'plain_text', text: `🔴 CRITICAL: ${NOTIFICATION.summary}`, emoji: false },
        },
        { type: 'section', text: { type: 'mrkdwn', text: NOTIFICATION.description, verbatim: true } },
        {
          type: 'section',
          text: {
            type: 'mrkdwn',
            text: '*What to do*\nGenerate new keys.\nPut them in place.',
            verbatim: true,
          },
        },
        {
          type: 'section',
          text: {
            type: 'mrkdwn',
            text: [
              '*Tenant:* Acme Corp',
              '*Connection:* acme-siem',
              '*Gateway:* https://us-api.services.mimecast.com',
              '*Labels:* tier=gold',
              '*Kind:* credential_invalid (revoked)',
              '*Since:* 2026-06-01T12:00:00.000Z',
              '*Evidence:* verdict rejected, HTTP 401, InvalidClientIdentifier, request req-17, 3 in a row',
              '*Last worked:* 2026-06-01T11:00:00.000Z',
              '*Incident:* e1-acme-siem-credential_invalid-4',
            ].join('\n'),
            verbatim: true,
          },
        },
        { type: 'context', elements: [{ type: 'mrkdwn', text: NOTIFICATION.id, verbatim: true }] },
      ],
    });
  });

  it('tells an end by its colour and how it ended', () => {
    const shown = JSON.stringify(slackMessage(RESOLVED));
    expect(shown).toContain('🟢 RESOLVED: ');
    expect(shown).toContain('*Ended:* 2026-06-02T14:00:00.000Z (recovered)');
  });

  it('names the first connections of many and counts the rest', () => {
    expect(JSON.stringify(slackMessage(OUTAGE))).toMatch(
      /\*Affected:\* 1234 connections: globex-00, globex-01, .*globex-49 and 1184 more/,
    );
    expect(JSON.stringify(slackMessage(CONFIG_REJECTED))).not.toContain('Affected');
  });

  it('can neither mention anybody nor hide a link', () => {
    const { text: fallback, blocks } = slackMessage(HOSTILE);
    expect(fallback).toContain('&lt;!channel&gt;');
    expect(fallback).toContain('&amp;amp;');
    expect(JSON.stringify(blocks)).toContain('&lt;!channel&gt;');
  });
});

describe('what Slack says of its errors', () => {
  it.each([
    [404, 'no_service', 'permanent', 'the receiver answered HTTP 404 (no_service)'],
    [410, 'channel_is_archived', 'permanent', 'the receiver answered HTTP 410 (channel_is_archived)'],
    [403, 'action_prohibited', 'permanent', 'the receiver answered HTTP 403 (action_prohibited)'],
    [500, 'rollup_error', 'transient', 'the receiver answered HTTP 500 (rollup_error)'],
    [404, 'hello S3CRET', 'permanent', 'the receiver answered HTTP 404'],
    [200, 'no_service', 'permanent', 'Slack answered no_service'],
  ])('%d %s is shown by its known word alone: %s', async (status, body, kind, reason) => {
    const receiver = await receive(answering(status, {}, body));
    const url = new Secret(receiver.origin);
    expect(await sendSlack(NOTIFICATION, { url }, contextOf())).toMatchObject({ kind, reason });
  });
});
