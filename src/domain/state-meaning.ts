import type { State } from './state.ts';

/** The states as a person should read them: what needs somebody first. */
export const WORST_FIRST: readonly State[] = [
  'revoked',
  'expired',
  'forbidden',
  'never_valid',
  'unverifiable',
  'suspect',
  'pending',
  'healthy',
  'disabled',
];

export interface StateMeaning {
  /** What is known, as the README's table says it. */
  readonly known: string;
  readonly whatToDo: string;
}

const MEANINGS: Readonly<Record<State, StateMeaning>> = {
  pending: {
    known: 'No certain answer about this secret yet.',
    whatToDo: 'Nothing: the first check comes within seconds to minutes.',
  },
  healthy: { known: 'The last certain answer was a token.', whatToDo: 'Nothing.' },
  suspect: {
    known: 'Refused, but not often enough in a row to be sure.',
    whatToDo: 'Nothing: it is being asked again.',
  },
  revoked: {
    known: 'Refused for sure, and this very secret worked before.',
    whatToDo:
      'Look whether the application was deleted, disabled or given new keys in the Mimecast Administration Console; ' +
      'generate new ones and put them where the config refers to.',
  },
  never_valid: {
    known: 'Refused for sure, and it never worked here.',
    whatToDo: 'Compare id, secret and region. A new application needs 30 minutes before its keys work.',
  },
  expired: {
    known: 'Refused for sure after the declared expiry.',
    whatToDo: 'Generate new keys in the Mimecast Administration Console, and update the date in the config.',
  },
  forbidden: {
    known: 'The keys are right, but may not use the API.',
    whatToDo: 'Check that the application is enabled and what its role may do.',
  },
  unverifiable: {
    known: 'No certain answer for long.',
    whatToDo: 'Check DNS, proxy, TLS and the Mimecast status page. The keys may be fine.',
  },
  disabled: { known: 'enabled is false in the config.', whatToDo: 'Nothing: it is not checked.' },
};

export function meaningOf(state: State): StateMeaning {
  return MEANINGS[state];
}

/** Whether a state is something that somebody should look at. */
export function isWrong(state: State): boolean {
  return state !== 'healthy' && state !== 'pending' && state !== 'disabled';
}
