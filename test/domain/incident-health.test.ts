import { describe, expect, it } from '@jest/globals';
import { assessHealth, type FailingChannel } from '../../src/domain/incident-health.ts';
import { MINUTE, T0 } from './checks.ts';
import { Ledger } from './gateway-surveys.ts';

function looked(
  ledger: Ledger,
  at: number,
  configRefusal: string | null,
  failingChannels: readonly FailingChannel[] = [],
) {
  assessHealth({ configRefusal, failingChannels }, ledger.book, ledger.ids, T0 + at);
  return ledger.changed();
}

describe('a config that is refused', () => {
  it('is one incident with the latest reason, until none is', () => {
    const ledger = new Ledger();
    expect(looked(ledger, 0, 'tenants.yaml:3:5: unknown key')).toMatchObject([
      {
        id: `e1-fleet-config_rejected-${T0}`,
        kind: 'config_rejected',
        cause: null,
        severity: 'warning',
        connection: null,
        subject: 'config',
        detail: 'tenants.yaml:3:5: unknown key',
        startedAt: T0,
        notice: { due: 'firing' },
      },
    ]);
    expect(looked(ledger, MINUTE, 'tenants.yaml:3:5: unknown key')).toEqual([]);
    expect(looked(ledger, MINUTE, 'tenants.yaml:4:1: x')).toMatchObject([
      { detail: 'tenants.yaml:4:1: x', startedAt: T0, resolvedAt: null },
    ]);
    expect(looked(ledger, 2 * MINUTE, null)).toMatchObject([
      { resolution: 'recovered', resolvedAt: T0 + 2 * MINUTE },
    ]);
    expect(looked(ledger, 3 * MINUTE, null)).toEqual([]);
  });
});

describe('a channel that fails', () => {
  const soc = (failures: number): FailingChannel => ({
    channel: 'soc',
    since: T0,
    failures,
    reason: 'HTTP 410',
  });

  it.each([
    [3, 5 * MINUTE, true],
    [2, 5 * MINUTE, false],
    [30, 5 * MINUTE - 1, false],
  ])('%d times for %d ms is told: %s', (failures, at, told) => {
    expect(looked(new Ledger(), at, null, [soc(failures)])).toHaveLength(told ? 1 : 0);
  });

  it('is one incident with what is known of it, until it works', () => {
    const ledger = new Ledger();
    const pager: FailingChannel = { channel: 'pager', since: T0, failures: 3, reason: 'timeout' };
    expect(looked(ledger, 5 * MINUTE, null, [soc(3), pager])).toMatchObject([
      {
        id: `e1-soc-channel_failing-${T0}`,
        kind: 'channel_failing',
        cause: null,
        severity: 'warning',
        connection: null,
        subject: 'soc',
        detail: '3 attempts failed; the last one: HTTP 410.',
        startedAt: T0 + 5 * MINUTE,
      },
      { subject: 'pager' },
    ]);
    expect(looked(ledger, 6 * MINUTE, null, [soc(3), pager])).toEqual([]);
    expect(looked(ledger, 7 * MINUTE, null, [soc(4), pager])).toMatchObject([
      { subject: 'soc', detail: '4 attempts failed; the last one: HTTP 410.', startedAt: T0 + 5 * MINUTE },
    ]);
    // A few failures of late are no reason to say that it works.
    expect(looked(ledger, 8 * MINUTE, null, [soc(1)])).toMatchObject([
      { subject: 'pager', resolution: 'recovered', resolvedAt: T0 + 8 * MINUTE },
    ]);
    expect(looked(ledger, 9 * MINUTE, null)).toMatchObject([{ subject: 'soc', resolution: 'recovered' }]);
    expect(looked(ledger, 10 * MINUTE, null)).toEqual([]);
  });

  it('does not end what is about something else', () => {
    const ledger = new Ledger();
    looked(ledger, 5 * MINUTE, 'x', [soc(3)]);
    expect(looked(ledger, 6 * MINUTE, 'x')).toMatchObject([{ kind: 'channel_failing' }]);
  });
});
