import type { ChannelOptions } from '../../domain/channel.ts';

export const SLACK_OPTIONS: ChannelOptions = {
  url: {
    kind: 'reference',
    required: true,
    address: 'https',
    description: 'The incoming webhook of a Slack app. A credential in itself, so better a reference.',
    examples: [{ file: '/run/secrets/slack_webhook' }],
  },
};
