import type { ChannelOptions } from '../../domain/channel.ts';

export const EMAIL_OPTIONS: ChannelOptions = {
  url: {
    kind: 'reference',
    required: true,
    address: 'smtp',
    description:
      'The mail server: smtps://user:password@host (TLS from the start, port 465) or smtp://user:password@host (STARTTLS, port 587; not needed on this machine). Percent-encode what a URL has a meaning for.',
    examples: [{ env: 'SMTP_URL' }],
  },
  from: {
    kind: 'string',
    required: true,
    address: 'mailbox',
    description: 'The sender, such as Mimecast monitor <monitor@example.com>.',
    examples: ['Mimecast monitor <monitor@example.com>'],
  },
  to: {
    kind: 'strings',
    required: true,
    address: 'mailbox',
    description: 'Who gets the mail.',
    examples: [['soc@example.com', 'Second Line <second-line@example.com>']],
  },
  ca: {
    kind: 'path',
    required: false,
    content: 'certificates',
    description:
      'PEM file of the certificate authority of the mail server, where it is not one that everybody trusts.',
    examples: ['./tls/company-ca.pem'],
  },
};
