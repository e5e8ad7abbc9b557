import { describe, expect, it } from '@jest/globals';
import { customerKey, identityOf } from '../../src/domain/connection.ts';
import { counted, withCommas } from '../../src/domain/counted.ts';
import { enter, NO_RECHECK } from '../../src/domain/health-step.ts';
import { ACME, fresh, T0 } from './checks.ts';
import { connectionOf } from './desk.ts';

describe('a number in a sentence', () => {
  it.each([
    [0, '0 connections'],
    [1, '1 connection'],
    [2, '2 connections'],
  ])('%d is "%s"', (number, text) => {
    expect(counted(number, 'connection')).toBe(text);
  });

  it.each([
    [999, '999'],
    [5_000, '5,000'],
    [100_000, '100,000'],
    [0.12345, '0.123'],
    [1_234.5, '1,234.5'],
  ])('%d is written as "%s"', (number, text) => {
    expect(withCommas(number)).toBe(text);
  });
});

describe('what a message shows of a connection', () => {
  it('is no reference to a secret', () => {
    expect(identityOf(connectionOf(ACME.id))).toEqual(ACME);
  });

  it('belongs to one customer at one gateway', () => {
    const keys = [ACME, { ...ACME, tenant: 'Globex' }, { ...ACME, gateway: 'https://eu.example' }].map(
      customerKey,
    );
    expect(new Set(keys).size).toBe(3);
    expect(customerKey(connectionOf('other', { labels: {} }))).toBe(customerKey(ACME));
  });
});

describe('a state that is entered', () => {
  it('keeps its beginning when it goes on', () => {
    const record = { ...fresh(), since: T0 };
    expect(enter(record, 'pending', T0 + 1)).toEqual({ state: 'pending', since: T0 });
    expect(enter(record, 'healthy', T0 + 1)).toEqual({ state: 'healthy', since: T0 + 1 });
  });

  it('of itself plans nothing', () => {
    expect(NO_RECHECK).toEqual({ recheckAt: null, recheckAttempt: 0, notBefore: null });
  });
});
