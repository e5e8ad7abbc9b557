import { isLoopback } from '../../domain/gateway.ts';
import { decoded } from '../http-client.ts';

/** How a mail server is reached, as nodemailer names it. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly requireTLS: boolean;
  readonly ignoreTLS: boolean;
  readonly auth?: { readonly user: string; readonly pass: string };
}

/**
 * Reads an address that `addressMistake` found good. Nothing leaves this machine in the clear: beyond loopback TLS is
 * there from the start or STARTTLS is insisted on. On loopback a server without a password is spoken to in the clear,
 * since the certificate of a local one is hardly ever valid; with a password STARTTLS is used where it is offered.
 */
export function mailServer(address: string): MailServer {
  const { protocol, hostname, port, username, password } = new URL(address);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const secure = protocol === 'smtps:';
  const local = isLoopback(hostname);
  const login = username !== '';
  return {
    host,
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    requireTLS: !secure && !local,
    ignoreTLS: !secure && local && !login,
    ...(login && { auth: { user: decoded(username), pass: decoded(password) } }),
  };
}
