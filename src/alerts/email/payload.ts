import { escapeHtml } from '../../domain/escape-html.ts';
import type { Notification } from '../../domain/notification.ts';
import { factsOf, headlineOf, toneOf } from '../facts.ts';
import { cut } from '../text.ts';

/** A line of a header may have 998 bytes (RFC 5322 section 2.1.1); people read far less. */
const MOST_SUBJECT = 200;
const MOST_TEXT = 20_000;

const COLOURS = { critical: '#b3261e', warning: '#a15c00', resolved: '#1e6b34' } as const;

/** A mail but for its envelope. */
export interface MailMessage {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The same in every attempt, so that a mail that came twice is known as one. */
  readonly messageId: string;
  /** An id that all mails of an incident refer to, which puts them into one thread. */
  readonly thread: string;
  readonly date: Date;
  readonly urgent: boolean;
}

/** `from` gives the ids their domain, as mail servers expect. */
export function mailMessage(notification: Notification, from: string): MailMessage {
  const domain = /@([A-Za-z0-9.-]+)>?$/.exec(from)?.[1] ?? 'mimecast-credential-monitor.invalid';
  return {
    subject: cut(headlineOf(notification), MOST_SUBJECT),
    text: textOf(notification),
    html: htmlOf(notification),
    messageId: `<${idPart(notification.id)}@${domain}>`,
    thread: `<${idPart(notification.incident)}@${domain}>`,
    date: new Date(notification.occurredAt),
    urgent: toneOf(notification) === 'critical',
  };
}

/** What a message id may hold (RFC 5322 section 3.6.4); ours hold nothing else. */
function idPart(id: string): string {
  return id.replace(/[^A-Za-z0-9._-]/g, '_');
}

function textOf(notification: Notification): string {
  const { description, remediation, id } = notification;
  const parts = [
    headlineOf(notification),
    cut(description, MOST_TEXT),
    remediation === '' ? '' : `What to do\n${cut(remediation, MOST_TEXT)}`,
    factsOf(notification)
      .map(({ name, value }) => `${name}: ${value}`)
      .join('\n'),
    `Notification ${id}`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** Styles stand in the elements, since many mail programs drop the others; nothing is loaded from anywhere. */
function htmlOf(notification: Notification): string {
  const { description, remediation, id } = notification;
  const rows = factsOf(notification).map(
    ({ name, value }) =>
      `<tr><th align="left" valign="top" style="padding:2px 12px 2px 0">${escapeHtml(name)}</th>` +
      `<td style="padding:2px 0">${escapeHtml(value)}</td></tr>`,
  );
  return [
    '<!doctype html>',
    '<html lang="en"><body style="font-family:sans-serif">',
    `<h2 style="color:${COLOURS[toneOf(notification)]}">${escapeHtml(headlineOf(notification))}</h2>`,
    paragraphs(description),
    remediation === '' ? '' : `<h3>What to do</h3>${paragraphs(remediation)}`,
    `<table>${rows.join('')}</table>`,
    `<p><small>Notification ${escapeHtml(id)}</small></p>`,
    '</body></html>',
  ].join('\n');
}

function paragraphs(text: string): string {
  const lines = cut(text, MOST_TEXT).split(/\n+/);
  return lines.map((line) => (line === '' ? '' : `<p>${escapeHtml(line)}</p>`)).join('');
}
