import { describe, expect, it } from '@jest/globals';
import { type DeliverPorts, deliver } from '../../src/alerts/deliver.ts';
import { CHANNEL_TYPES, DRIVERS } from '../../src/alerts/drivers.ts';
import type { ChannelConfig } from '../../src/domain/channel.ts';
import { Secret } from '../../src/domain/secret.ts';
import { NOTIFICATION } from './notifications.ts';
import { answering, contextOf, receive } from './receiver.ts';

type Line = [string, object, string];

function ports(more: Partial<DeliverPorts> = {}): DeliverPorts & { lines: Line[] } {
  const lines: Line[] = [];
  return {
    now: () => 0,
    resolve: () => Promise.reject(new Error('not expected')),
    http: contextOf().http,
    log: (...line) => lines.push(line),
    lines,
    ...more,
  };
}

const soc: ChannelConfig = {
  name: 'soc',
  type: 'webhook',
  options: { url: { kind: 'env', name: 'SOC_URL' } },
};

describe('deliver', () => {
  it('resolves references at the moment of sending', async () => {
    const receiver = await receive(answering(200));
    const asked: unknown[] = [];
    const resolve: DeliverPorts['resolve'] = async (reference) => {
      asked.push(reference);
      return new Secret(`${receiver.origin}/hook`);
    };
    expect(await deliver(soc, NOTIFICATION, ports({ resolve }))).toMatchObject({ kind: 'delivered' });
    expect(asked).toEqual([{ kind: 'env', name: 'SOC_URL' }]);
    expect(receiver.received).toHaveLength(1);
  });

  it('tries again later when a reference cannot be resolved, with the reason its source gave', async () => {
    const error = Object.assign(new Error('the variable SOC_URL is not set'), { code: 'unset' });
    expect(await deliver(soc, NOTIFICATION, ports({ resolve: () => Promise.reject(error) }))).toMatchObject({
      kind: 'transient',
      reason: 'the variable SOC_URL is not set',
      retryAfterMs: null,
    });
  });

  it('shows no message that was not made to be shown', async () => {
    const error = new TypeError('cannot parse https://hooks.example/T0KEN');
    const result = await deliver(soc, NOTIFICATION, ports({ resolve: () => Promise.reject(error) }));
    expect(result).toMatchObject({ kind: 'transient', reason: 'an option could not be resolved' });
  });

  it('gives up what goes to a type of channel that nobody knows', async () => {
    expect(await deliver({ ...soc, type: 'pigeon' }, NOTIFICATION, ports())).toMatchObject({
      kind: 'permanent',
      reason: 'channels of type pigeon are not known',
    });
  });

  it.each(['toString', 'constructor', '__proto__'])('knows no channel of type %s', async (type) => {
    expect(await deliver({ ...soc, type }, NOTIFICATION, ports())).toMatchObject({ kind: 'permanent' });
  });
});

describe('the log channel', () => {
  const log: ChannelConfig = { name: 'log', type: 'log', options: {} };

  it.each([
    ['firing', 'warn'],
    ['reminder', 'warn'],
    ['resolved', 'info'],
  ] as const)('writes one line with the whole notification: %s as %s', async (status, level) => {
    const written = ports();
    const notification = { ...NOTIFICATION, status };
    expect(await deliver(log, notification, written)).toMatchObject({ kind: 'delivered' });
    expect(written.lines).toEqual([[level, { notification }, NOTIFICATION.summary]]);
  });
});

describe('the channel types', () => {
  it('are offered to the config with the options of their drivers', () => {
    expect(Object.keys(CHANNEL_TYPES)).toEqual(Object.keys(DRIVERS));
    expect(CHANNEL_TYPES['webhook']).toMatchObject({
      url: { kind: 'reference', required: true },
      signingSecret: { kind: 'reference', required: false },
    });
  });
});
