import { request } from 'undici';
import { addressMistake } from '../domain/address.ts';
import type { SendResult } from '../domain/channel.ts';
import type { Secret } from '../domain/secret.ts';
import { resultOfError, resultOfStatus } from './http-result.ts';

/** Longest wait for an answer, in milliseconds. */
const DEADLINE_MS = 10_000;

/**
 * One GET, as healthchecks.io, Dead Man's Snitch and Uptime Kuma take it for a sign of life. `signal` ends it early.
 * Never throws, and never tells the URL, which is a credential.
 */
export async function ping(url: Secret, now: number, signal: AbortSignal): Promise<SendResult> {
  const wrong = addressMistake(url.reveal(), 'https');
  if (wrong !== null) {
    return {
      kind: 'permanent',
      failure: 'misconfigured',
      reason: `the configured url ${wrong}`,
      receipt: null,
    };
  }
  try {
    const answer = await request(new URL(url.reveal()), {
      method: 'GET',
      headers: { 'user-agent': 'mimecast-credential-monitor' },
      signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]),
      reset: true,
    });
    await answer.body.dump({ limit: 16_384 });
    const { statusCode: status } = answer;
    return resultOfStatus({ status, headers: {}, body: '', complete: true }, now);
  } catch (error) {
    return resultOfError(error);
  }
}
