import type { ChannelOptions, SendResult } from '../domain/channel.ts';
import type { Notification } from '../domain/notification.ts';
import type { Secret } from '../domain/secret.ts';

/** A channel's options at the moment of sending: references are resolved, durations are milliseconds. */
export type Settings = Readonly<Record<string, Secret | string | readonly string[] | number | boolean>>;

/** What every channel may use besides its settings. */
export interface SendContext {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Ends the attempt at its deadline. */
  readonly signal: AbortSignal;
  readonly log: (level: 'warn' | 'info', fields: object, sentence: string) => void;
}

/** One type of channel: what may be configured, and how a message is sent. */
export interface ChannelDriver {
  readonly options: ChannelOptions;
  /** May throw only what `failedToSend` understands: an error of the HTTP client. */
  readonly send: (
    notification: Notification,
    settings: Settings,
    context: SendContext,
  ) => Promise<SendResult>;
}
