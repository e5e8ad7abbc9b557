import { describe, expect, it } from '@jest/globals';
import { STATES } from '../../src/domain/state.ts';
import { isWrong, meaningOf, WORST_FIRST } from '../../src/domain/state-meaning.ts';

describe('the states as a person reads them', () => {
  it('are sorted by how much they need somebody, each once', () => {
    expect(WORST_FIRST).toEqual([
      'revoked',
      'expired',
      'forbidden',
      'never_valid',
      'unverifiable',
      'suspect',
      'pending',
      'healthy',
      'disabled',
    ]);
    expect([...WORST_FIRST].sort()).toEqual([...STATES].sort());
  });

  it('are wrong from suspect on', () => {
    expect(WORST_FIRST.filter(isWrong)).toEqual(WORST_FIRST.slice(0, WORST_FIRST.indexOf('pending')));
  });

  it.each(STATES)('say what is known and what to do: %s', (state) => {
    const { known, whatToDo } = meaningOf(state);
    expect(known).toMatch(/^\S.+\.$/);
    expect(whatToDo).toMatch(/^\S.+\.$/);
  });

  it('ask for nothing where nothing is wrong, and while it is being asked again', () => {
    const quiet = STATES.filter((state) => meaningOf(state).whatToDo.startsWith('Nothing'));
    expect(quiet).toEqual(['pending', 'healthy', 'suspect', 'disabled']);
  });

  it('are explained each in its own words', () => {
    expect(new Set(STATES.map((state) => meaningOf(state).known)).size).toBe(STATES.length);
  });
});
