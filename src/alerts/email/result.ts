import type { SendResult } from '../../domain/channel.ts';
import { tryAgain } from '../http-result.ts';

/**
 * What an error of nodemailer means. A 5yz reply of the server is final and a 4yz passes (RFC 5321 section 4.2.1); so
 * does whatever kept the two from talking. Only codes are told: messages quote the server, addresses and user names.
 */
export function resultOfMailError(error: unknown, deadlinePassed: boolean): SendResult {
  const reply = numberOf(error, 'responseCode');
  if (reply !== null && reply >= 400) {
    const reason = `the mail server answered ${reply}`;
    return reply >= 500 ? { kind: 'permanent', reason } : tryAgain(reason);
  }
  if (deadlinePassed) return tryAgain('no answer before the deadline');
  const code = textOf(error, 'originalCode') ?? textOf(error, 'code') ?? 'unknown error';
  return tryAgain(`sending failed (${code})`);
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
