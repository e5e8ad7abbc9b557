import type { ChannelOptions } from '../../domain/channel.ts';

export const ALERTMANAGER_OPTIONS: ChannelOptions = {
  url: {
    kind: 'reference',
    required: true,
    address: 'http',
    description:
      'Where Alertmanager is reached, with its path prefix if it has one, e.g. http://alertmanager:9093. A name and password in it are sent as Basic credentials.',
    examples: ['http://alertmanager:9093'],
  },
};
