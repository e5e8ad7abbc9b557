import { certaintyOf } from '../domain/verdict.ts';
import type { CheckedConnection } from './check-fleet.ts';
import { remedyOf } from './remedy.ts';

/** What was answered to keys that were tried, and what it means. */
export function trialText({ connection, result, first }: CheckedConnection): string {
  const { id, gateway, timeoutMs } = connection;
  const { reason, nextStep } = remedyOf(result, { gateway, timeoutMs, keySource: null });
  if (result.verdict === 'valid') return `${id}: the keys work: ${reason}`;
  const twice = first !== null && certaintyOf(result.verdict) === 'invalid';
  return `${id}: ${result.verdict}: ${reason}${twice ? ' It was asked twice, 2 s apart.' : ''} ${nextStep}`;
}
