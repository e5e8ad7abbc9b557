import type { ChannelConfig, SendResult } from '../domain/channel.ts';
import type { Notification } from '../domain/notification.ts';
import type { Reference } from '../domain/reference.ts';
import type { Secret } from '../domain/secret.ts';
import type { SendContext, Settings } from './channel-driver.ts';
import { DRIVERS } from './drivers.ts';
import { tryAgain } from './http-result.ts';

/** How long one attempt may take, in milliseconds. */
const DEADLINE_MS = 10_000;

export interface DeliverPorts {
  readonly now: () => number;
  /** Throws an Error with a `code` and a message that tells no secret. */
  readonly resolve: (reference: Reference) => Promise<Secret>;
  readonly http: SendContext['http'];
  readonly log: SendContext['log'];
}

/** Sends one notification through a configured channel. Never throws. */
export async function deliver(
  channel: ChannelConfig,
  notification: Notification,
  ports: DeliverPorts,
): Promise<SendResult> {
  const driver = Object.hasOwn(DRIVERS, channel.type) ? DRIVERS[channel.type] : undefined;
  if (!driver) {
    const reason = `channels of type ${channel.type} are not known`;
    return { kind: 'permanent', failure: 'misconfigured', reason, receipt: null };
  }
  let settings: Settings;
  try {
    settings = await resolveSettings(channel, ports);
  } catch (error) {
    // A secret store that is down now may be back for the next attempt.
    const reason = isExplained(error) ? error.message : 'an option could not be resolved';
    return tryAgain('misconfigured', reason);
  }
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const { http, log } = ports;
  return driver.send(notification, settings, { now: ports.now(), signal, http, log });
}

async function resolveSettings({ options }: ChannelConfig, ports: DeliverPorts): Promise<Settings> {
  const entries = Object.entries(options).map(async ([name, value]) => {
    const resolved = isReference(value) ? await ports.resolve(value) : value;
    return [name, resolved] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** Only an error with a code was made to be shown; any other message could hold what it was working on. */
function isExplained(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

function isReference(value: ChannelConfig['options'][string]): value is Reference {
  return typeof value === 'object' && 'kind' in value;
}
