import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { escapeMarkdown, teamsMessage } from '../../src/alerts/teams/payload.ts';
import { Secret } from '../../src/domain/secret.ts';
import { HOSTILE, HUGE, HUGE_FLEET, NOTIFICATION, OUTAGE, RESOLVED } from './notifications.ts';
import { takesEveryMessage } from './vendor.ts';

/** The elements of Adaptive Cards 1.4 that are used here: http://adaptivecards.io/schemas/adaptive-card.json. */
const textBlock = z.strictObject({
  type: z.literal('TextBlock'),
  text: z.string().min(1),
  wrap: z.boolean(),
  size: z.enum(['Default', 'Small', 'Medium', 'Large', 'ExtraLarge']).optional(),
  weight: z.enum(['Default', 'Lighter', 'Bolder']).optional(),
  color: z.enum(['Default', 'Dark', 'Light', 'Accent', 'Good', 'Warning', 'Attention']).optional(),
  isSubtle: z.boolean().optional(),
  separator: z.boolean().optional(),
});
const factSet = z.strictObject({
  type: z.literal('FactSet'),
  facts: z.array(z.strictObject({ title: z.string().min(1), value: z.string().min(1) })).min(1),
});
const card = z.strictObject({
  $schema: z.literal('http://adaptivecards.io/schemas/adaptive-card.json'),
  type: z.literal('AdaptiveCard'),
  version: z.enum(['1.0', '1.1', '1.2', '1.3', '1.4', '1.5']),
  msteams: z.strictObject({ width: z.literal('Full') }),
  body: z.array(z.discriminatedUnion('type', [textBlock, factSet])).min(1),
});
const message = z.strictObject({
  type: z.literal('message'),
  attachments: z
    .array(
      z.strictObject({
        contentType: z.literal('application/vnd.microsoft.card.adaptive'),
        contentUrl: z.null(),
        content: card,
      }),
    )
    .length(1),
});

function blocksOf(notification: typeof NOTIFICATION): string {
  return JSON.stringify(message.parse(teamsMessage(notification)).attachments[0]?.content.body);
}

describe('a message to Teams', () => {
  takesEveryMessage({
    type: 'teams',
    settings: (origin) => ({ url: new Secret(`${origin}/workflows/x/triggers/manual/paths/invoke?sig=y`) }),
    check: ({ body }) => {
      const read = message.safeParse(JSON.parse(body));
      if (!read.success) return read.error.message;
      return body.length * 2 > 28 * 1024 || Buffer.byteLength(body) > 28 * 1024 ? 'too large' : null;
    },
    yes: { status: 202, body: '' },
    no: { status: 400, body: 'Bad payload received by generic incoming webhook.' },
  });

  it('is a card of what happened, what is known and what to do', () => {
    const { body } = message.parse(teamsMessage(NOTIFICATION)).attachments[0]?.content ?? { body: [] };
    expect(body.map((element) => ('text' in element ? element.text : element.facts[0]))).toEqual([
      `CRITICAL: ${NOTIFICATION.summary}`,
      NOTIFICATION.description,
      { title: 'Tenant', value: 'Acme Corp' },
      'What to do',
      'Generate new keys.\n\nPut them in place.',
      'e1-acme-siem-credential\\_invalid-4-1',
    ]);
    expect(body[0]).toMatchObject({ color: 'Attention' });
  });

  it('tells warnings and ends by their colours', () => {
    expect(blocksOf(OUTAGE)).toContain('"color":"Warning"');
    expect(blocksOf(RESOLVED)).toContain('"color":"Good"');
  });

  it('names the first connections of many and counts the rest', () => {
    expect(blocksOf(OUTAGE)).toMatch(/1234 connections: globex-00, .*globex-49 and 1184 more/);
  });

  it('shows Markdown as it is written and makes no link of it', () => {
    expect(blocksOf(HOSTILE)).toContain('\\\\[a\\\\](https://evil.example)');
    expect(escapeMarkdown('*b* _i_ [a](b) `c` ~d~ \\ <at>x</at>')).toBe(
      '\\*b\\* \\_i\\_ \\[a\\](b) \\`c\\` \\~d\\~ \\\\ \\<at>x\\</at>',
    );
    expect(escapeMarkdown('- a\n1. b\n# c\n2026. d')).toBe('\\- a\n\n1\\. b\n\n\\# c\n\n2026\\. d');
    expect(escapeMarkdown('3 - 2 is 1.5')).toBe('3 - 2 is 1.5');
  });

  it('gives every part its share of the room when they are too long together', () => {
    for (const notification of [HUGE, HUGE_FLEET]) {
      const shown = blocksOf(notification);
      expect(shown).toContain('CRITICAL');
      expect(shown).toContain('😀');
      expect(shown).toContain('e1-acme-siem-credential\\\\_invalid-4-1');
    }
  });
});
