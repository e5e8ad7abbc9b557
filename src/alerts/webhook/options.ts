import type { ChannelOptions } from '../../domain/channel.ts';

export const WEBHOOK_OPTIONS: ChannelOptions = {
  url: {
    kind: 'reference',
    required: true,
    address: 'https',
    description:
      'Where to POST the notification as JSON: https, or http on this machine. A credential in itself, so better a reference.',
    examples: [{ env: 'SOC_WEBHOOK_URL' }],
  },
  signingSecret: {
    kind: 'reference',
    required: false,
    format: 'signing_secret',
    description: 'Signs each message as Standard Webhooks describes: whsec_ and base64, or base64 alone.',
    examples: [{ file: '/run/secrets/soc_hmac' }],
  },
};
