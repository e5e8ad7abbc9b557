import type { Notification } from '../../domain/notification.ts';
import { factsOf, headlineOf, toneOf } from '../facts.ts';
import { cut, cutEscaped } from '../text.ts';

/** Limits of Block Kit: https://docs.slack.dev/reference/block-kit/blocks (header, section) and its text objects. */
const MOST_HEADER = 150;
const MOST_SECTION = 3_000;
const MOST_FACT = 2_000;

const SIGNS = { critical: '🔴', warning: '🟠', resolved: '🟢' } as const;

interface Text {
  readonly type: 'mrkdwn' | 'plain_text';
  readonly text: string;
  readonly emoji?: false;
  readonly verbatim?: true;
}

type Block =
  | { readonly type: 'header' | 'section'; readonly text: Text }
  | { readonly type: 'context'; readonly elements: readonly Text[] };

export interface SlackMessage {
  /** Shown in notifications of the system, and where blocks can't be. */
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** The message as Block Kit: a headline, what happened, what to do, what is known. */
export function slackMessage(notification: Notification): SlackMessage {
  const headline = `${SIGNS[toneOf(notification)]} ${headlineOf(notification)}`;
  const blocks: Block[] = [
    // `emoji: false` keeps `:name:` in a tenant's name from turning into a picture.
    { type: 'header', text: { type: 'plain_text', text: cut(headline, MOST_HEADER), emoji: false } },
  ];
  if (notification.description.trim() !== '') blocks.push(section(notification.description, ''));
  if (notification.remediation.trim() !== '')
    blocks.push(section(notification.remediation, '*What to do*\n'));
  const facts = factsOf(notification).map(
    ({ name, value }) => `*${name}:* ${cutEscaped(value, MOST_FACT, escapeMrkdwn)}`,
  );
  for (const text of packed(facts)) blocks.push({ type: 'section', text: mrkdwn(text) });
  blocks.push({ type: 'context', elements: [mrkdwn(cutEscaped(notification.id, MOST_FACT, escapeMrkdwn))] });
  return { text: cutEscaped(headline, MOST_SECTION, escapeMrkdwn), blocks };
}

/** Lines put together into as few texts as hold them. */
function packed(lines: readonly string[]): readonly string[] {
  const texts: string[] = [];
  for (const line of lines) {
    const last = texts.at(-1);
    if (last !== undefined && last.length + 1 + line.length <= MOST_SECTION)
      texts[texts.length - 1] = `${last}\n${line}`;
    else texts.push(line);
  }
  return texts;
}

function section(text: string, title: string): Block {
  const body = cutEscaped(text, MOST_SECTION - title.length, escapeMrkdwn);
  return { type: 'section', text: mrkdwn(title + body) };
}

/** `verbatim` keeps Slack from making links and mentions out of what merely looks like one. */
function mrkdwn(text: string): Text {
  return { type: 'mrkdwn', text, verbatim: true };
}

/** The three characters that control Slack's text: https://docs.slack.dev/messaging/formatting-message-text. */
function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
