import type { ChannelOptions } from '../../domain/channel.ts';

export const TEAMS_OPTIONS: ChannelOptions = {
  url: {
    kind: 'reference',
    required: true,
    address: 'https',
    description:
      'The webhook of a Teams workflow ("Post to a channel when a webhook request is received"). A credential in itself, so better a reference.',
    examples: [{ file: '/run/secrets/teams_workflow' }],
  },
};
