import type { ChannelOptions } from '../../domain/channel.ts';

/** For accounts of the US service region; https://support.pagerduty.com/main/docs/service-regions. */
export const PAGERDUTY_URL = 'https://events.pagerduty.com/v2/enqueue';

export const PAGERDUTY_OPTIONS: ChannelOptions = {
  routingKey: {
    kind: 'reference',
    required: true,
    description: 'The integration key of an "Events API v2" integration of a service.',
    examples: [{ file: '/run/secrets/pagerduty_key' }],
  },
  url: {
    kind: 'string',
    required: false,
    address: 'https',
    description: 'Where events go; accounts in the EU have an address of their own.',
    examples: ['https://events.eu.pagerduty.com/v2/enqueue'],
    default: PAGERDUTY_URL,
  },
};
