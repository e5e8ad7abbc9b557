import { certificatesMistake } from '../config/certificates.ts';
import type { Reading } from '../config/load.ts';
import { resolveAll } from '../config/secrets/resolve-all.ts';
import { tryTls } from '../http/tls.ts';
import type { CliContext } from './context.ts';

/**
 * Looks at all that the config names outside itself, as far as it could be read: references and what their values look
 * like, certificates and keys. Mistakes go to the report of the reading; what looks odd is returned.
 */
export async function lookOutside(
  reading: Reading,
  { env, channelTypes }: Pick<CliContext, 'env' | 'channelTypes'>,
): Promise<readonly string[]> {
  const { report } = reading;
  const { failures, notes } = await resolveAll(reading.references(), env);
  for (const { placed, message } of failures) report.mistake(placed.source, placed.path, message);
  await lookAtChannelFiles(reading, channelTypes);
  lookAtTls(reading);
  return notes;
}

async function lookAtChannelFiles(
  { referring, main, report }: Reading,
  channelTypes: CliContext['channelTypes'],
): Promise<void> {
  for (const { name, type, options } of referring.alerts.channels) {
    for (const [option, spec] of Object.entries(channelTypes[type] ?? {})) {
      const path = options[option];
      if (spec.content !== 'certificates' || typeof path !== 'string') continue;
      const wrong = await certificatesMistake(path);
      if (wrong !== null) report.mistake(main, ['alerts', 'channels', name, option], wrong);
    }
  }
}

function lookAtTls({ referring, main, report }: Reading): void {
  const { tls } = referring.http;
  if (tls === null) return;
  const found = tryTls(tls);
  if (!('mistakes' in found)) return;
  for (const { option, message } of found.mistakes) {
    report.mistake(main, ['http', 'tls', ...(option === null ? [] : [option])], message);
  }
}
