import { readFile } from 'node:fs/promises';
import { createTransport } from 'nodemailer';
import { addressMistake } from '../../domain/address.ts';
import type { SendResult } from '../../domain/channel.ts';
import type { Notification } from '../../domain/notification.ts';
import type { SendContext, Settings } from '../channel-driver.ts';
import { tryAgain } from '../http-result.ts';
import { textOf } from '../http-send.ts';
import { withoutSecrets } from '../receipt.ts';
import { type MailMessage, mailMessage } from './payload.ts';
import { mailReceipt, resultOfMailError } from './result.ts';
import { type MailServer, mailServer } from './server.ts';

/** A server says a line or two at a time. */
const MOST_RESPONSE_BYTES = 64 * 1_024;

interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

/** Sends one notification as a mail to all recipients. Never throws. */
export async function sendEmail(
  notification: Notification,
  settings: Settings,
  context: SendContext,
): Promise<SendResult> {
  const address = textOf(settings['url']);
  const wrong = address === null ? 'is missing' : addressMistake(address, 'smtp');
  // The config can be mended while a message waits, so this is not the end of it.
  if (address === null || wrong !== null) return tryAgain('misconfigured', `the configured url ${wrong}`);
  const envelope = envelopeOf(settings);
  if (typeof envelope === 'string') return tryAgain('misconfigured', envelope);
  const ca = await readAuthority(settings['ca']);
  if (ca === 'unreadable') return tryAgain('misconfigured', 'the file of the configured ca can not be read');
  const message = mailMessage(notification, envelope.from);
  const result = await submit(mailServer(address), ca, envelope, message, context);
  return result.receipt === null ? result : { ...result, receipt: withoutSecrets(result.receipt, settings) };
}

/** Sender and recipients, or what is wrong with them. */
function envelopeOf(settings: Settings): Envelope | string {
  const from = textOf(settings['from']);
  const to = settings['to'];
  if (from === null) return 'the configured from is missing';
  return Array.isArray(to) && to.length > 0 ? { from, to: [...to] } : 'the configured to is missing';
}

/** Read anew for each mail: certificates are replaced while the monitor runs. */
async function readAuthority(path: Settings[string] | undefined): Promise<Buffer | null | 'unreadable'> {
  const text = textOf(path);
  if (text === null) return null;
  try {
    return await readFile(text);
  } catch {
    return 'unreadable';
  }
}

async function submit(
  server: MailServer,
  ca: Buffer | null,
  { from, to }: Envelope,
  { thread, urgent, ...message }: MailMessage,
  context: SendContext,
): Promise<SendResult> {
  const transport = createTransport({
    ...server,
    ...(ca && { tls: { ca } }),
    maxResponseSize: MOST_RESPONSE_BYTES,
    // A server that hangs keeps no socket of ours once the attempt is over.
    socketCloseTimeout: 0,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    const { rejected, response } = await transport.sendMail({
      ...message,
      from,
      to: [...to],
      inReplyTo: thread,
      references: thread,
      priority: urgent ? 'high' : 'normal',
      // Keeps holiday notes from answering (RFC 3834).
      headers: { 'auto-submitted': 'auto-generated' },
      signal: context.signal,
    });
    if (rejected.length > 0) {
      const fields = { refused: rejected.length, recipients: to.length };
      context.log('warn', fields, 'the mail server refused some recipients of a notification');
    }
    return { kind: 'delivered', receipt: mailReceipt(response) };
  } catch (error) {
    return resultOfMailError(error, context.signal.aborted);
  } finally {
    transport.close();
  }
}
