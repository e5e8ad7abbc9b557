import type { AddressRule } from './address.ts';
import type { Reference } from './reference.ts';

/** The kinds of value a channel's option can take in the config file. A path is made absolute when it is loaded. */
export type OptionKind = 'reference' | 'string' | 'strings' | 'path' | 'integer' | 'boolean' | 'duration';

/**
 * One option of a channel type, as data: the config room builds validation and the JSON Schema from it, so that
 * a new channel is one folder and one line in the table of channel types.
 */
export interface OptionSpec {
  readonly kind: OptionKind;
  readonly required: boolean;
  readonly description: string;
  /** As they are written in the config file. */
  readonly examples: readonly unknown[];
  /** What holds where it is left out, for whoever writes the file; the channel itself sees to it. */
  readonly default?: string;
  /** For references and texts that are addresses. A reference to elsewhere is checked when it is resolved. */
  readonly address?: AddressRule;
  /** For other references whose value has a form of its own. */
  readonly format?: 'signing_secret';
  /** For paths: what the file must hold, PEM certificates so far. Looked at by `validate` and when it is used. */
  readonly content?: 'certificates';
  /** Needed unless that other option is given, and refused beside it. */
  readonly unless?: string;
}

export type ChannelOptions = Readonly<Record<string, OptionSpec>>;

/** Every known channel type and what may be configured for it. */
export type ChannelTypes = Readonly<Record<string, ChannelOptions>>;

/** A loaded option: durations are milliseconds, secrets stay references until a message is sent. */
export type OptionValue = Reference | string | readonly string[] | number | boolean;

/** One entry under `alerts.channels`. */
export interface ChannelConfig {
  readonly name: string;
  readonly type: string;
  readonly options: Readonly<Record<string, OptionValue>>;
}

/**
 * What kept a message from being delivered: a setting is missing or wrong, nobody answered, the receiver can't take it
 * now, it won't take it ever, or its answer did not say that it took it.
 */
export const SEND_FAILURES = [
  'misconfigured',
  'unreachable',
  'unavailable',
  'refused',
  'unconfirmed',
] as const;
export type SendFailure = (typeof SEND_FAILURES)[number];

/** What a receiver said of one attempt: nothing of its answer but what stands here. */
export interface Receipt {
  /** Null where nothing was sent to anybody, as into the program's own log. */
  readonly protocol: 'http' | 'smtp' | null;
  /** HTTP status or SMTP reply code; null where the protocol has none. */
  readonly status: number | null;
  /** Ids under which the vendor finds the message, by the vendor's own names, e.g. `dedup_key`. */
  readonly ids: Readonly<Record<string, string>>;
}

/** The receipt of a message that has no receiver but the program's own log. */
export const NO_RECEIVER: Receipt = { protocol: null, status: null, ids: {} };

/** Why an attempt failed. Reasons are fixed sentences: never a URL, a secret or a body. */
export interface Failed {
  readonly failure: SendFailure;
  readonly reason: string;
  /** Null where nobody answered. */
  readonly receipt: Receipt | null;
}

/** How one attempt to send a message ended. */
export type SendResult =
  | { readonly kind: 'delivered'; readonly receipt: Receipt }
  /** Worth another attempt, not before `retryAfterMs` where the receiver said so. */
  | (Failed & { readonly kind: 'transient'; readonly retryAfterMs: number | null })
  /** Never going to work: given up at once, loudly. */
  | (Failed & { readonly kind: 'permanent' });
