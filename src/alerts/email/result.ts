import type { Receipt, SendResult } from '../../domain/channel.ts';
import { refused, tryAgain } from '../http-result.ts';
import { receipt } from '../receipt.ts';

/** How mail servers name what they queued: Postfix, Exim, Sendmail, and Exchange. */
const QUEUE_IDS = [
  /\bqueued as ([\w.-]+)/i,
  /\bid=([\w.-]+)/,
  /^\d{3} (?:\d\.\d\.\d )?([\w.-]+) Message accepted for delivery/i,
  /\[InternalId=(\d+)/,
] as const;

/** What the server's reply to the mail itself tells; the rest of the line stays untold. */
export function mailReceipt(reply: string): Receipt {
  const code = /^(\d{3})[ -]/.exec(reply)?.[1];
  const [queueId = null] = QUEUE_IDS.flatMap((pattern) => pattern.exec(reply)?.[1] ?? []);
  return receipt('smtp', code === undefined ? null : Number(code), { queue_id: queueId });
}

/**
 * What an error of nodemailer means. A 5yz reply of the server is final and a 4yz passes (RFC 5321 section 4.2.1); so
 * does whatever kept the two from talking. Only codes are told: messages quote the server, addresses and user names.
 */
export function resultOfMailError(error: unknown, deadlinePassed: boolean): SendResult {
  const reply = numberOf(error, 'responseCode');
  if (reply !== null && reply >= 400) {
    const reason = `the mail server answered ${reply}`;
    const answered = receipt('smtp', reply, {});
    return reply >= 500 ? refused(reason, answered) : tryAgain('unavailable', reason, answered);
  }
  if (deadlinePassed) return tryAgain('unreachable', 'no answer before the deadline');
  const code = textOf(error, 'originalCode') ?? textOf(error, 'code') ?? 'unknown error';
  return tryAgain('unreachable', `sending failed (${code})`);
}

function numberOf(error: unknown, key: string): number | null {
  const value = ownValue(error, key);
  return typeof value === 'number' ? value : null;
}

function textOf(error: unknown, key: string): string | null {
  const value = ownValue(error, key);
  return typeof value === 'string' ? value : null;
}

function ownValue(error: unknown, key: string): unknown {
  return typeof error === 'object' && error !== null
    ? Object.getOwnPropertyDescriptor(error, key)?.value
    : undefined;
}
