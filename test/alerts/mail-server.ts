import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach } from '@jest/globals';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

const servers: SMTPServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    const closed = once(server, 'close');
    for (const connection of server.connections) connection.close();
    server.close();
    await closed;
  }
});

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string | undefined;
  readonly secure: boolean;
  readonly raw: string;
}

export interface Mailbox {
  readonly port: number;
  readonly mails: ReceivedMail[];
}

/** A real SMTP server that keeps what it is sent; it offers no TLS unless it is given a certificate. */
export async function serveMail(options: SMTPServerOptions = {}): Promise<Mailbox> {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: options.key ? [] : ['STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          user: typeof session.user === 'string' ? session.user : undefined,
          secure: session.secure,
          raw: Buffer.concat(chunks).toString(),
        });
        done();
      });
    },
    ...options,
  });
  // Clients hang up in the middle of things here; that is what the tests are about.
  server.on('error', () => undefined);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return { port: (server.server.address() as AddressInfo).port, mails };
}

/** An answer of the server other than yes. */
export function refusal(responseCode: number, message = 'no'): Error {
  return Object.assign(new Error(message), { responseCode });
}

export interface ParsedMail {
  /** Unfolded; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded parts by their type. */
  readonly parts: Readonly<Record<string, string>>;
}

/** Reads a mail of two alternative parts (RFC 5322, RFC 2046). */
export function parseMail(raw: string): ParsedMail {
  const { headers, body } = splitHead(raw);
  const boundary = /boundary="?([^";]+)"?/.exec(headers['content-type'] ?? '')?.[1];
  if (boundary === undefined) throw new Error(`not a multipart mail: ${headers['content-type']}`);
  const parts: Record<string, string> = {};
  for (const piece of body.split(`--${boundary}`).slice(1, -1)) {
    const part = splitHead(piece.replace(/^\r\n/, ''));
    const type = part.headers['content-type']?.split(';')[0] ?? '';
    parts[type] = decode(part.body, part.headers['content-transfer-encoding'] ?? '7bit');
  }
  return { headers, parts };
}

function splitHead(text: string): { headers: Record<string, string>; body: string } {
  const end = text.indexOf('\r\n\r\n');
  const lines = text
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return { headers: Object.fromEntries(headers), body: text.slice(end + 4) };
}

function decode(body: string, encoding: string): string {
  switch (encoding) {
    case 'base64':
      return Buffer.from(body, 'base64').toString();
    case 'quoted-printable': {
      const joined = body.replace(/=\r\n/g, '');
      const bytes = joined.replace(/=([0-9A-F]{2})/g, (_, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      );
      return Buffer.from(bytes, 'latin1').toString();
    }
    default:
      return body;
  }
}
