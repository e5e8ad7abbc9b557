import type { ChannelOptions } from '../../domain/channel.ts';

export const AIRMDR_URL = 'https://app.airmdr.com/airmdrapi/alerts';

/** AirMDR numbers its alerts by organization and provider. */
export const AIRMDR_PROVIDER = 'mimecast';

export const AIRMDR_OPTIONS: ChannelOptions = {
  webhook: {
    kind: 'reference',
    required: false,
    address: 'https',
    description:
      'The URL of an AirMDR webhook (…/airmdrapi/webhooks/ID/SECRET/alerts), instead of a token. A credential in itself, so better a reference.',
    examples: [{ file: '/run/secrets/airmdr_webhook' }],
  },
  token: {
    kind: 'reference',
    required: false,
    unless: 'webhook',
    description: 'An API token of AirMDR.',
    examples: [{ file: '/run/secrets/airmdr_token' }],
  },
  organizationCode: {
    kind: 'string',
    required: false,
    unless: 'webhook',
    description: 'The code of the organization that gets the alerts.',
    examples: ['ACME'],
  },
  alertType: {
    kind: 'string',
    required: false,
    unless: 'webhook',
    description: 'The type under which AirMDR investigates the alerts by itself.',
    examples: ['mimecast-credential'],
  },
  alertProvider: {
    kind: 'string',
    required: false,
    description: 'The provider under which AirMDR files the alerts, beside a token.',
    examples: [AIRMDR_PROVIDER],
    default: AIRMDR_PROVIDER,
  },
  userId: {
    kind: 'string',
    required: false,
    description: 'Sent as User-ID beside the token.',
    examples: ['1042'],
  },
  organizationId: {
    kind: 'string',
    required: false,
    description: 'Sent as Organization-ID beside the token.',
    examples: ['77'],
  },
  url: {
    kind: 'string',
    required: false,
    address: 'https',
    description: 'Where alerts go with a token.',
    examples: [AIRMDR_URL],
    default: AIRMDR_URL,
  },
};
