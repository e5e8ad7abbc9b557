import type { Notification } from '../../domain/notification.ts';
import { type Fact, factsOf, headlineOf, toneOf } from '../facts.ts';
import { cutEscaped } from '../text.ts';

/**
 * Teams takes messages of about 28 KB (https://learn.microsoft.com/microsoftteams/limits-specifications-teams), and
 * is known to count two bytes for each character.
 */
const MOST_BYTES = 28 * 1_024;

/** Code units of each part when there is room for all of them; they shrink together where there is not. */
const ROOM = { headline: 400, text: 4_000, fact: 2_500 };
const SHRINK = [1, 0.5, 0.25, 0.1, 0.05] as const;

const COLOURS = { critical: 'Attention', warning: 'Warning', resolved: 'Good' } as const;

/** The message that a workflow posts as an Adaptive Card. */
export function teamsMessage(notification: Notification): object {
  const sizes = SHRINK.map((part) => messageOfSize(notification, part));
  return sizes.find((message) => bytesOf(message) <= MOST_BYTES) ?? messageOfSize(notification, 0.01);
}

function bytesOf(message: object): number {
  const text = JSON.stringify(message);
  return Math.max(text.length * 2, Buffer.byteLength(text));
}

function messageOfSize(notification: Notification, part: number): object {
  const shown = (text: string, most: number) => cutEscaped(text, Math.floor(most * part), escapeMarkdown);
  const { description, remediation } = notification;
  const fact = ({ name, value }: Fact) => ({ title: name, value: shown(value, ROOM.fact) });
  const body = [
    {
      ...textBlock(shown(headlineOf(notification), ROOM.headline)),
      size: 'Large',
      weight: 'Bolder',
      color: COLOURS[toneOf(notification)],
    },
    ...(description.trim() === '' ? [] : [textBlock(shown(description, ROOM.text))]),
    { type: 'FactSet', facts: factsOf(notification).map(fact) },
    ...(remediation.trim() === ''
      ? []
      : [
          { ...textBlock('What to do'), weight: 'Bolder', separator: true },
          textBlock(shown(remediation, ROOM.text)),
        ]),
    { ...textBlock(shown(notification.id, ROOM.headline)), isSubtle: true, size: 'Small' },
  ];
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          msteams: { width: 'Full' },
          body,
        },
      },
    ],
  };
}

function textBlock(text: string) {
  return { type: 'TextBlock', text, wrap: true };
}

/**
 * Adaptive Cards read a subset of Markdown in texts and facts: emphasis, links, and lists at the beginning of a line
 * (https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features). A line break is only one when doubled.
 */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\*_[\]`~<]/g, '\\$&')
    .replace(/^([ \t]*)([-+#])(?=\s)/gm, '$1\\$2')
    .replace(/^([ \t]*\d+)([.)])(?=\s)/gm, '$1\\$2')
    .replace(/\s+/g, (space) => (space.includes('\n') ? '\n\n' : space));
}
