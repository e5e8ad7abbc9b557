import type { z } from 'zod';
import type { ChannelTypes } from '../domain/channel.ts';
import type { Partly } from './partly.ts';
import { isMapping, mappingOf } from './plain-value.ts';
import { heartbeatSchema, type routeSchema } from './schema-alerts.ts';
import { optionSchema } from './schema-channel.ts';

/** The `alerts` section once its form was checked. */
export interface AlertsSection {
  readonly reminderEvery: number;
  readonly massRejection: { readonly atLeast: number; readonly percent: number };
  readonly channels: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly routes: readonly z.output<typeof routeSchema>[];
  readonly heartbeat?: z.output<typeof heartbeatSchema> | undefined;
}

/**
 * What remains of a section with mistakes: of each channel the options that are well-formed, and the heartbeat if it has
 * a URL. Good for finding more mistakes and for nothing else.
 */
export function salvageAlerts(
  value: unknown,
  { data, isDoubtful }: Partly<AlertsSection>,
  channelTypes: ChannelTypes,
): AlertsSection {
  const section = mappingOf(value);
  return {
    ...data,
    channels: isDoubtful('channels') ? salvageChannels(section['channels'], channelTypes) : data.channels,
    heartbeat: isDoubtful('heartbeat') ? salvageHeartbeat(section['heartbeat']) : data.heartbeat,
  };
}

function salvageChannels(value: unknown, channelTypes: ChannelTypes): AlertsSection['channels'] {
  const channels: Record<string, Record<string, unknown>> = {};
  for (const [name, written] of Object.entries(mappingOf(value))) {
    const type = isMapping(written) ? written['type'] : undefined;
    if (!isMapping(written) || typeof type !== 'string' || !Object.hasOwn(channelTypes, type)) continue;
    const options: Record<string, unknown> = { type };
    for (const [key, spec] of Object.entries(channelTypes[type] ?? {})) {
      const result = optionSchema(spec).safeParse(written[key]);
      if (written[key] !== undefined && result.success) options[key] = result.data;
    }
    channels[name] = options;
  }
  return channels;
}

function salvageHeartbeat(value: unknown): AlertsSection['heartbeat'] {
  const result = heartbeatSchema.safeParse({ url: mappingOf(value)['url'] });
  return result.success ? result.data : undefined;
}
