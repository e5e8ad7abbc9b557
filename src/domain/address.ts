import { isLoopback } from './gateway.ts';

/**
 * What an address option of a channel must look like: `https` is https anywhere and plain http on this machine only;
 * `http` is either, for what runs in a private network by custom (Alertmanager); `smtp` is a mail server with its
 * credentials; `mailbox` is one e-mail address, with or without a name before it.
 */
export type AddressRule = 'https' | 'http' | 'smtp' | 'mailbox';

const MISTAKES: Readonly<Record<AddressRule, string>> = {
  https: 'must be an absolute https:// URL (plain http:// is for this machine only)',
  http: 'must be an absolute http:// or https:// URL',
  smtp: 'must be smtps://user:password@host or smtp://user:password@host, with :port if it is not the usual one',
  mailbox: 'must be one e-mail address, such as soc@example.com or Monitor <monitor@example.com>',
};

/** What is wrong with an address, or null. Never says any part of it: it may be a credential. */
export function addressMistake(text: string, rule: AddressRule): string | null {
  return isGood(text, rule) ? null : MISTAKES[rule];
}

function isGood(text: string, rule: AddressRule): boolean {
  if (rule === 'mailbox') return isMailbox(text);
  // URL parsing forgives white space and control characters and leaves them out, which would hide a mistake.
  if (/[\s\p{Cc}]/u.test(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.hostname === '') return false;
  switch (rule) {
    case 'https':
      return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
    case 'http':
      return url.protocol === 'https:' || url.protocol === 'http:';
    case 'smtp':
      return isMailServer(url);
    default:
      return rule satisfies never;
  }
}

/** Anything behind the port would be an option of some mail library, which nobody here reads. */
function isMailServer({ protocol, pathname, search, hash, username, password }: URL): boolean {
  const known = protocol === 'smtps:' || protocol === 'smtp:';
  const bare = (pathname === '' || pathname === '/') && search === '' && hash === '';
  return known && bare && (username === '') === (password === '');
}

function isMailbox(text: string): boolean {
  const address = /^[^<>]*<([^<>]*)>$/.exec(text)?.[1] ?? text;
  return !/\p{Cc}/u.test(text) && /^[^\s@<>,;:()"\\]+@[^\s@<>,;:()"\\]+$/.test(address);
}

/** True when an address carries a password, and so is a secret whatever else it is. */
export function holdsPassword(text: string): boolean {
  return URL.canParse(text) && new URL(text).password !== '';
}
