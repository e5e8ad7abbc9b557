import { afterEach, describe, expect, it } from '@jest/globals';
import { startSimulator } from '../../src/simulator/server.ts';
import { startAlertmanager } from '../helpers/alertmanager.ts';
import { makeConfigFolder } from '../helpers/config-file.ts';
import { startWebhookReceiver } from '../helpers/webhook-receiver.ts';
import { Cleanup, connections, eventually, QUICK_CHECKS, sampleOf, samples } from './world.ts';

const IDS = Array.from({ length: 8 }, (_, index) => `acme-${index}`);

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

describe('many connections in trouble at once', () => {
  it('are one message each time, and one when it is over, also in a real Alertmanager', async () => {
    const keys = IDS.map((id) => ({ clientId: `${id}-id`, clientSecret: `${id}-secret` }));
    const gateway = cleanup.add(await startSimulator({ keys }), (it) => it.close());
    const receiver = cleanup.add(await startWebhookReceiver(), (it) => it.close());
    const alertmanager = cleanup.add(await startAlertmanager(), (it) => it.stop());
    const config = cleanup.add(
      await makeConfigFolder({
        version: 1,
        checks: { ...QUICK_CHECKS, unverifiableAfter: '2s' },
        alerts: {
          channels: {
            soc: { type: 'webhook', url: receiver.url },
            am: { type: 'alertmanager', url: alertmanager.url },
          },
        },
        connections: IDS.map((id) => ({
          ...{
            id,
            tenant: 'Acme Corp',
            baseUrl: gateway.origin,
            clientId: `${id}-id`,
            clientSecret: `${id}-secret`,
          },
        })),
      }),
      (it) => it.remove(),
    );
    const monitor = await cleanup.start(['--config', config.path]);
    const all = (state: string) => async () =>
      (await connections(monitor)).every((one) => one.state === state);
    const told = () =>
      receiver.received.map(
        ({ notification: { kind, status, connections: many } }) => `${kind} ${status} ×${many?.total ?? 1}`,
      );
    await eventually('all are healthy', all('healthy'));

    gateway.setBehaviour('*', { kind: 'status', status: 503 });
    await receiver.waitFor(({ kind, status }) => kind === 'gateway_outage' && status === 'firing');
    await eventually('all are unverifiable', all('unverifiable'));
    expect(sampleOf(await samples(monitor), 'mimecast_gateway_outage', { gateway: gateway.origin })).toBe(1);
    const [alert] = await eventually('Alertmanager holds it', async () => {
      const held = await alertmanager.alerts();
      return held.length > 0 && held;
    });
    expect(alert?.labels).toMatchObject({ alertname: 'MimecastGatewayOutage', severity: 'warning' });
    gateway.setBehaviour('*', { kind: 'normal' });
    await receiver.waitFor(({ kind, status }) => kind === 'gateway_outage' && status === 'resolved');
    await eventually('all are healthy again', all('healthy'));

    for (const id of IDS) gateway.setBehaviour(`${id}-id`, { kind: 'revoked' });
    await receiver.waitFor(({ kind, status }) => kind === 'credential_invalid' && status === 'firing');
    await eventually('all are revoked', all('revoked'));
    for (const id of IDS) gateway.setBehaviour(`${id}-id`, { kind: 'normal' });
    const about = (wanted: string) =>
      receiver.received.filter(
        ({ notification: { kind, status } }) => kind === 'credential_invalid' && status === wanted,
      );
    const incidents = (wanted: string) =>
      new Set(about(wanted).map(({ notification }) => notification.incident)).size;
    await eventually(
      'each is told of and taken back',
      () => about('firing').length > 0 && incidents('firing') === incidents('resolved'),
    );
    // One message of eight, where the checks of the customer's other keys were not held up; else one that names more.
    const listed = about('firing').flatMap(({ notification }) => [
      ...(notification.connections?.ids ?? [notification.connection?.id]),
    ]);
    expect([...new Set(listed)].sort()).toEqual(IDS);
    // On a busy machine the checks of some may be so late that they are a trouble of their own.
    expect(incidents('firing')).toBeLessThan(IDS.length);
    expect(told().slice(0, 2)).toEqual(['gateway_outage firing ×8', 'gateway_outage resolved ×8']);
    await eventually('nothing burns in Alertmanager', async () => (await alertmanager.alerts()).length === 0);
  }, 120_000);
});
