/**
 * What is wrong with the secret of a signed webhook, or null: Standard Webhooks wants base64, with or without `whsec_`
 * before it (https://www.standardwebhooks.com). Never says any part of it.
 */
export function signingSecretMistake(text: string): string | null {
  return isSigningSecret(text)
    ? null
    : 'must be base64 (with or without whsec_); openssl rand -base64 32 makes one';
}

function isSigningSecret(text: string): boolean {
  const parts = /^(?:whsec_)?([A-Za-z0-9+/]+)(={0,2})$/.exec(text);
  const [digits, padding] = [parts?.[1]?.length ?? 0, parts?.[2]?.length ?? 0];
  // One digit alone is no byte; padding, where there is any, fills up to four. With less than four nothing is signed.
  const isWhole = padding === 0 ? digits % 4 !== 1 : (digits + padding) % 4 === 0;
  return isWhole && digits + padding >= 4;
}
