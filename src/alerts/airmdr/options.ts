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
  },
  token: {
    kind: 'reference',
    required: false,
    unless: 'webhook',
    description: 'An API token of AirMDR.',
  },
  organizationCode: {
    kind: 'string',
    required: false,
    unless: 'webhook',
    description: 'The code of the organization that gets the alerts.',
  },
  alertType: {
    kind: 'string',
    required: false,
    unless: 'webhook',
    description: 'The type under which AirMDR investigates the alerts by itself.',
  },
  alertProvider: {
    kind: 'string',
    required: false,
    description: `The provider under which AirMDR files the alerts, beside a token; ${AIRMDR_PROVIDER} when left out.`,
  },
  userId: { kind: 'string', required: false, description: 'Sent as User-ID beside the token.' },
  organizationId: {
    kind: 'string',
    required: false,
    description: 'Sent as Organization-ID beside the token.',
  },
  url: {
    kind: 'string',
    required: false,
    address: 'https',
    description: `Where alerts go with a token, if not to ${AIRMDR_URL}.`,
  },
};
