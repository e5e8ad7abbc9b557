/** The code of a system error such as `ENOENT`, to be matched on; errors need not come from this realm. */
export function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error
    ? String(error.code)
    : 'unknown error';
}
