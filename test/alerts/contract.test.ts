import { describe, expect, it } from '@jest/globals';
import { DRIVERS } from '../../src/alerts/drivers.ts';
import { CASES } from './channels.ts';
import { describeHttpChannel } from './contract/http.ts';
import { describeMailChannel } from './contract/mail.ts';
import { ALL } from './notifications.ts';
import { contextOf } from './receiver.ts';

/** The promises of every channel (contract, section 6), kept against servers that do all a receiver can do. */
describe('the channels', () => {
  it('are all looked at here', () => {
    expect(Object.keys(CASES).toSorted()).toEqual(Object.keys(DRIVERS).toSorted());
  });

  it('that forget what they are not told again are told again, and no others', () => {
    const kept = Object.keys(DRIVERS).filter((type) => DRIVERS[type]?.keepAlive === true);
    expect(kept).toEqual(['alertmanager']);
  });

  it('that hold an alert for each incident are reminded of each, and no others', () => {
    const each = Object.keys(DRIVERS).filter((type) => DRIVERS[type]?.alertPerIncident === true);
    expect(each).toEqual(['pagerduty', 'alertmanager']);
  });
});

for (const [type, one] of Object.entries(CASES)) {
  describe(`the channel ${type}`, () => {
    switch (one.transport) {
      case 'http':
        describeHttpChannel(type, one);
        break;
      case 'smtp':
        describeMailChannel(type);
        break;
      case 'local':
        it.each(ALL)('takes %s', async (_what, notification) => {
          const context = contextOf();
          expect(await DRIVERS[type]?.send(notification, {}, context)).toEqual({
            kind: 'delivered',
            receipt: { protocol: null, status: null, ids: {} },
          });
          expect(context.lines).toHaveLength(1);
        });
        break;
      default:
        one satisfies never;
    }

    it.each(['nothing', 'numbers'])('waits for a better config when its settings are %s', async (what) => {
      if (one.transport === 'local') return;
      const options = Object.keys(DRIVERS[type]?.options ?? {});
      const settings = what === 'nothing' ? {} : Object.fromEntries(options.map((name) => [name, 17]));
      const [, firing] = ALL[0] ?? [];
      if (!firing) throw new Error('there is no notification');
      expect(await DRIVERS[type]?.send(firing, settings, contextOf())).toMatchObject({
        kind: 'transient',
        failure: 'misconfigured',
        reason: expect.stringMatching(/configured/),
        receipt: null,
      });
    });
  });
}
