import { type AddressRule, addressMistake } from '../domain/address.ts';
import type { SendResult } from '../domain/channel.ts';
import { Secret } from '../domain/secret.ts';
import type { SendContext, Settings } from './channel-driver.ts';
import type { HttpAnswer, HttpMessage } from './http-client.ts';
import { resultOfError, tryAgain } from './http-result.ts';
import { withoutSecrets } from './receipt.ts';

/** A request that is ready but for its address. */
export interface Post {
  /** The option that holds the address. */
  readonly option: string;
  readonly rule: AddressRule;
  readonly address: Settings[string] | undefined;
  /** Put behind the path of the address, e.g. `/api/v2/alerts`. */
  readonly suffix?: string;
  readonly message: HttpMessage;
  /** What the vendor's answer means. */
  readonly judge: (answer: HttpAnswer, now: number) => SendResult;
}

/** Makes one attempt over HTTP and says how it ended; nothing of `settings` shows in that. Never throws. */
export async function post(one: Post, settings: Settings, context: SendContext): Promise<SendResult> {
  const url = urlOf(one);
  // The config can be mended while a message waits, so this is not the end of it.
  if (typeof url === 'string') return tryAgain('misconfigured', url);
  try {
    const answer = await context.http.post(url, one.message, context.signal);
    const result = one.judge(answer, context.now);
    return result.receipt === null
      ? result
      : { ...result, receipt: withoutSecrets(result.receipt, settings) };
  } catch (error) {
    return resultOfError(error);
  }
}

/** The address, or what is wrong with it. */
function urlOf({ option, rule, address, suffix = '' }: Post): URL | string {
  const text = textOf(address);
  const wrong = text === null ? 'is missing' : addressMistake(text, rule);
  if (text === null || wrong !== null) return `the configured ${option} ${wrong}`;
  const url = new URL(text);
  if (suffix !== '') url.pathname = `${url.pathname.replace(/\/+$/, '')}${suffix}`;
  return url;
}

/** The value of an option that is a text or was resolved to one. */
export function textOf(value: Settings[string] | undefined): string | null {
  if (value instanceof Secret) return value.reveal();
  return typeof value === 'string' ? value : null;
}

/** A message in JSON; the same object makes the same text in every attempt. */
export function jsonMessage(body: object, headers: Readonly<Record<string, string>> = {}): HttpMessage {
  return {
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(body),
  };
}
