import { describe, expect, it } from '@jest/globals';
import type { Connection } from '../../src/domain/connection.ts';
import { countsOf, fleetChange, sameReference } from '../../src/domain/fleet-difference.ts';
import { redactor } from '../../src/domain/redact.ts';
import type { Reference } from '../../src/domain/reference.ts';
import { Secret } from '../../src/domain/secret.ts';
import { T0 } from './checks.ts';
import { connectionOf } from './desk.ts';

const PROBE = { method: 'POST', path: '/api/a', body: '{}', intervalMs: 60_000 } as const;
const ACME: Connection = connectionOf('acme', {
  probe: PROBE,
  channels: ['soc', 'pager'],
  secretExpiresAt: T0,
});

/** Another value of each field that a connection has; a field that is added without a line here does not compile. */
const OTHERS: Readonly<Record<Exclude<keyof Connection, 'id'>, readonly unknown[]>> = {
  tenant: ['Globex'],
  gateway: ['https://eu.example'],
  clientId: [
    { kind: 'literal', value: new Secret('other') },
    { kind: 'env', name: 'ID' },
  ],
  clientSecret: [
    { kind: 'env', name: 'OTHER' },
    { kind: 'file', path: 'SECRET' },
  ],
  intervalMs: [1],
  timeoutMs: [1],
  confirmations: [7],
  secretExpiresAt: [T0 + 1, null],
  labels: [{}, { tier: 'silver' }, { tier: 'gold', owner: 'a' }, { other: 'gold' }],
  channels: [null, [], ['soc'], ['soc', 'desk'], ['pager', 'soc'], ['soc', 'pager', 'desk']],
  enabled: [false],
  probe: [
    undefined,
    { ...PROBE, method: 'GET' },
    { ...PROBE, path: '/b' },
    { ...PROBE, body: null },
    { ...PROBE, intervalMs: 1 },
  ],
};
const CHANGES = Object.entries(OTHERS).flatMap(([field, values]) =>
  values.map((value) => ({ field, value })),
);

describe('a connection whose config is read again', () => {
  it.each(CHANGES)('has changed when its $field is $value', ({ field, value }) => {
    const other = { ...ACME, [field]: value } as Connection;
    const changed = { added: 0, removed: 0, changed: 1, unchanged: 0 };
    expect(countsOf(fleetChange([ACME], [other]))).toEqual(changed);
    expect(countsOf(fleetChange([other], [ACME]))).toEqual(changed);
  });

  it('has not changed when every value is the same, in other objects', () => {
    const copy = {
      ...ACME,
      clientId: { kind: 'literal', value: new Secret('id') } as const,
      clientSecret: { ...ACME.clientSecret },
      labels: { ...ACME.labels },
      channels: ['soc', 'pager'],
      probe: { ...PROBE },
    };
    const same = { added: 0, removed: 0, changed: 0, unchanged: 1 };
    expect(countsOf(fleetChange([ACME], [copy]))).toEqual(same);
    const bare = connectionOf('acme');
    expect(countsOf(fleetChange([bare], [{ ...bare }]))).toEqual(same);
  });

  it('is told apart from those that came and went', () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((id) => connectionOf(id)) as [
      Connection,
      Connection,
      Connection,
      Connection,
    ];
    expect(countsOf(fleetChange([a, b, c], [b, { ...c, tenant: 'x' }, d, ACME]))).toEqual({
      added: 2,
      removed: 1,
      changed: 1,
      unchanged: 1,
    });
  });
});

describe('two references', () => {
  const references: readonly Reference[] = [
    { kind: 'literal', value: new Secret('a') },
    { kind: 'literal', value: new Secret('b') },
    { kind: 'env', name: 'a' },
    { kind: 'env', name: 'b' },
    { kind: 'file', path: 'a' },
    { kind: 'file', path: 'b' },
    { kind: 'exec', command: ['a'], directory: '/' },
    { kind: 'exec', command: ['a', 'b'], directory: '/' },
    { kind: 'exec', command: ['b'], directory: '/' },
    { kind: 'exec', command: ['a'], directory: '/b' },
  ];

  it('are the same only where they look up the same', () => {
    references.forEach((left, i) => {
      references.forEach((right, j) => {
        expect([i, j, sameReference(left, right)]).toEqual([i, j, i === j]);
      });
    });
  });
});

describe('what is cut out of a text', () => {
  it('is the longest secret where one is part of another', () => {
    const redact = redactor([new Secret('acme'), new Secret('acme-secret')]);
    expect(redact('<acme-secret> and <acme>')).toBe('<[redacted]> and <[redacted]>');
  });

  it('is a short secret only where it stands alone', () => {
    const three = redactor([new Secret('abc')]);
    expect(three('abcdef')).toBe('abcdef');
    expect(three('abc')).toBe('[redacted]');
    const four = redactor([new Secret('abcd')]);
    expect(four('abcdef')).toBe('[redacted]ef');
  });

  it.each(['abcd', 'abcde', 'abcdef'])('is the base64 of %s without its padding too', (secret) => {
    const travelled = btoa(secret).replaceAll('=', '');
    expect(redactor([new Secret(secret)])(`<${travelled}>`)).toBe('<[redacted]>');
  });

  it('is nothing where there is no secret', () => {
    expect(redactor([])('Client credentials are invalid')).toBe('Client credentials are invalid');
  });
});
