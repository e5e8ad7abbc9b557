export type HttpErrorCode =
  | 'address_in_use'
  | 'address_forbidden'
  | 'address_unknown'
  | 'listen_failed'
  | 'unauthenticated'
  | 'tls_unusable'
  | 'page_missing';

/** The HTTP side can't be served; the message is one line that says what to do. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly code: HttpErrorCode;

  constructor(code: HttpErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Says what a failed `listen` means and what to do about it. */
export function listenError(error: unknown, address: string): HttpError {
  const code = errorCode(error);
  switch (code) {
    case 'EADDRINUSE':
      return new HttpError(
        'address_in_use',
        `${address} is already in use: stop what listens there, or choose another address with --listen or http.listen`,
      );
    case 'EACCES':
    case 'EPERM':
      return new HttpError(
        'address_forbidden',
        `${address} may not be used by this user: choose a port above 1023 with --listen or http.listen`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new HttpError(
        'address_unknown',
        `${address} is no address of this machine: correct --listen or http.listen`,
      );
    default:
      return new HttpError(
        'listen_failed',
        `${address} can't be listened on (${code}): choose another address with --listen or http.listen`,
      );
  }
}

/** The stable code of a system error, such as `EADDRINUSE`. */
export function errorCode(error: unknown): string {
  const coded = typeof error === 'object' && error !== null && 'code' in error;
  return coded ? String(error.code) : 'unknown';
}
