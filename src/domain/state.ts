import type { Verdict } from './verdict.ts';

/** What is known of a connection after all its verdicts. The set is closed: it is a metric label. */
export const STATES = [
  'pending',
  'healthy',
  'suspect',
  'revoked',
  'never_valid',
  'expired',
  'forbidden',
  'unverifiable',
  'disabled',
] as const;
export type State = (typeof STATES)[number];

/** The states that mean: these keys do not work, and that was confirmed. */
const CONFIRMED_STATES = ['revoked', 'never_valid', 'expired', 'forbidden'] as const;
export type ConfirmedState = (typeof CONFIRMED_STATES)[number];

export function isConfirmed(state: State): state is ConfirmedState {
  return (CONFIRMED_STATES as readonly State[]).includes(state);
}

/** What decides between the confirmed states. */
export interface Confirmation {
  readonly verdict: Verdict;
  /** This very secret was valid before. */
  readonly wasValid: boolean;
  /** The expiry that the operator declared had passed when the exchange began. */
  readonly pastExpiry: boolean;
}

/** The state that a confirming verdict names (contract section 1). */
export function confirmedState({ verdict, wasValid, pastExpiry }: Confirmation): ConfirmedState {
  if (verdict === 'forbidden') return 'forbidden';
  if (verdict === 'key_expired' || pastExpiry) return 'expired';
  return wasValid ? 'revoked' : 'never_valid';
}
