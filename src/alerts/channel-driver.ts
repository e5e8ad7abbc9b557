import type { ChannelOptions, SendResult } from '../domain/channel.ts';
import type { Notification } from '../domain/notification.ts';
import type { Secret } from '../domain/secret.ts';
import type { HttpClient } from './http-client.ts';

/** A channel's options at the moment of sending: references are resolved, durations are milliseconds. */
export type Settings = Readonly<Record<string, Secret | string | readonly string[] | number | boolean>>;

/** What every channel may use besides its settings. */
export interface SendContext {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Ends the attempt at its deadline. */
  readonly signal: AbortSignal;
  readonly http: HttpClient;
  readonly log: (level: 'warn' | 'info', fields: object, sentence: string) => void;
}

/** One type of channel: what may be configured, and how a message is sent. */
export interface ChannelDriver {
  readonly options: ChannelOptions;
  /**
   * Makes one attempt. Never throws: every ending is a result, whose reason is a fixed sentence that shows neither
   * a setting nor what the receiver wrote. Its receipt has the status and, by name, ids under which the receiver finds
   * the message; of anything else that was answered nothing.
   */
  readonly send: (
    notification: Notification,
    settings: Settings,
    context: SendContext,
  ) => Promise<SendResult>;
  /**
   * The receiver forgets an alert that it is not told of again: the last message of an open incident has to be sent
   * anew every minute or so, until its resolve.
   */
  readonly keepAlive?: true;
  /**
   * The receiver opens an alert for each incident that it hears of, which nothing but that incident's end closes. So it is
   * reminded of each by itself: a round-up would be one more alert, and one without an end.
   */
  readonly alertPerIncident?: true;
}
