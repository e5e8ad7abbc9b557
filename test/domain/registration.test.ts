import { describe, expect, it } from '@jest/globals';
import type { Connection } from '../../src/domain/connection.ts';
import { advance } from '../../src/domain/health.ts';
import { register, restore } from '../../src/domain/registration.ts';
import { Secret } from '../../src/domain/secret.ts';
import { ACME, GATEWAY, HOUR, live, MINUTE, POLICY, revoked, seen, T0 } from './checks.ts';

const acme: Connection = {
  ...ACME,
  clientId: { kind: 'literal', value: new Secret('id') },
  clientSecret: { kind: 'env', name: 'ACME' },
  intervalMs: 5 * MINUTE,
  timeoutMs: 10_000,
  confirmations: 3,
  secretExpiresAt: null,
  channels: null,
  enabled: true,
};
const NOW = T0 + HOUR;
const DUE = NOW + 3_000;

describe('register', () => {
  it('makes a pending record with its first check due, and no transition', () => {
    const made = register(null, acme, NOW, DUE);
    expect(made).toMatchObject({
      record: {
        version: 1,
        state: 'pending',
        gateway: GATEWAY,
        since: NOW,
        recheckAt: DUE,
        fingerprint: null,
      },
      transition: null,
    });
  });

  it('makes a disabled record that is never due', () => {
    const made = register(null, { ...acme, enabled: false }, NOW, DUE);
    expect(made).toMatchObject({ record: { state: 'disabled', recheckAt: null }, transition: null });
  });

  it('leaves a record that is right alone, whatever its state', () => {
    expect(register(revoked(), acme, NOW, DUE)).toBeNull();
    const off = register(null, { ...acme, enabled: false }, NOW, DUE);
    expect(register(off?.record ?? null, { ...acme, enabled: false }, NOW, DUE)).toBeNull();
  });

  it('forgets what was probed when the probe leaves the config, and says what it was', () => {
    const permission = {
      call: 'GET /identity/whoami',
      state: 'denied',
      since: T0,
      denials: 2,
      lastCountedAt: T0,
      askedAt: T0,
      permittedAt: null,
      last: { result: 'denied', httpStatus: 403, code: null, requestId: null },
    } as const;
    const before = { ...live([seen('valid', 0)]).record, permission };
    const probe = { method: 'GET', path: '/identity/whoami', body: null, intervalMs: HOUR } as const;
    expect(register(before, { ...acme, probe }, NOW, DUE)).toBeNull();
    const { permission: _forgotten, ...rest } = before;
    expect(register(before, acme, NOW, DUE)).toEqual({
      record: { ...rest, version: before.version + 1 },
      transition: null,
      forgotten: permission,
    });
    // Whatever starts a record anew starts the permission anew.
    const off = register(before, { ...acme, probe, enabled: false }, NOW, DUE);
    expect(off?.record).not.toHaveProperty('permission');
  });

  it('disables with a transition, and ends the count, the wait and the re-check', () => {
    const before = live([seen('valid', 0), seen('rejected', MINUTE)]).record;
    const made = register(before, { ...acme, enabled: false }, NOW, DUE);
    expect(made?.record).toMatchObject({
      state: 'disabled',
      since: NOW,
      version: before.version + 1,
      rejections: 0,
      lastCountedAt: null,
      recheckAt: null,
      notBefore: null,
    });
    expect(made?.transition).toMatchObject({ from: 'suspect', to: 'disabled', reason: 'disabled', at: NOW });
  });

  it('enables at pending with the history of the secrets, so that a revoked one is still told from a mistyped one', () => {
    const off = register(revoked(), { ...acme, enabled: false }, NOW, DUE);
    const on = register(off?.record ?? null, acme, NOW, DUE);
    expect(on?.transition).toMatchObject({ from: 'disabled', to: 'pending', reason: 'enabled' });
    expect(on?.record).toMatchObject({
      state: 'pending',
      recheckAt: DUE,
      rejections: 0,
      fingerprint: 'first',
    });
    const again = [1, 2, 3].map((at) => seen('rejected', 2 * HOUR + at * MINUTE));
    expect(live(again, POLICY, on?.record).record.state).toBe('revoked');
  });

  it('drops a replayed verdict also after the connection was off and on again', () => {
    const off = register(revoked(), { ...acme, enabled: false }, NOW, DUE);
    const on = register(off?.record ?? null, acme, NOW, DUE);
    if (!on) throw new Error('expected a record');
    expect(advance(on.record, seen('valid', 2 * MINUTE), POLICY, T0 + HOUR).reason).toBe('out_of_order');
  });

  it('moves to another gateway without a verdict: the state stays until that gateway answers', () => {
    const other = { ...acme, gateway: 'https://api.services.mimecast.com' };
    const before = revoked();
    const made = register(before, other, NOW, DUE);
    expect(made).toMatchObject({
      record: {
        gateway: other.gateway,
        state: 'revoked',
        version: before.version + 1,
        recheckAt: DUE,
        notBefore: null,
      },
      transition: null,
    });
  });
});

describe('restore', () => {
  it('brings a removed connection back as pending, with the history of its secrets and a higher version', () => {
    const kept = revoked();
    const { record, transition } = restore(kept, acme, NOW, DUE);
    expect(record).toMatchObject({
      state: 'pending',
      version: kept.version + 1,
      validFingerprints: ['first'],
      rejections: 0,
      recheckAt: DUE,
      lastSuccessAt: kept.lastSuccessAt,
    });
    expect(transition).toMatchObject({
      from: 'revoked',
      to: 'pending',
      reason: 'restored',
      unknownCodePersists: false,
      version: record.version,
    });
  });

  it('brings a disabled one back as disabled', () => {
    const { record, transition } = restore(revoked(), { ...acme, enabled: false }, NOW, DUE);
    expect(record).toMatchObject({ state: 'disabled', recheckAt: null });
    expect(transition).toMatchObject({ to: 'disabled', reason: 'restored' });
  });
});
