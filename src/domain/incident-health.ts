import { counted } from './counted.ts';
import { type IncidentBook, newIncident } from './incident-book.ts';
import type { IncidentIds } from './incident-id.ts';

/** How the monitor itself fares, apart from the credentials. */
export interface MonitorHealth {
  /** What running processes find wrong with the config they read last; null when nothing. */
  readonly configRefusal: string | null;
  readonly failingChannels: readonly FailingChannel[];
}

export interface FailingChannel {
  readonly channel: string;
  /** Epoch milliseconds. */
  readonly since: number;
  readonly failures: number;
  /** A fixed sentence; never a URL or a body. */
  readonly reason: string;
}

const CONFIG = 'config';
/** A receiver that is restarted is no trouble. */
const FAILING_FOR_MS = 5 * 60_000;
const FAILING_AT_LEAST = 3;

/** Opens and ends the incidents about the monitor itself. What holds now decides, so that nobody has to take a report back. */
export function assessHealth(
  { configRefusal, failingChannels }: MonitorHealth,
  book: IncidentBook,
  ids: IncidentIds,
  now: number,
): void {
  assessConfig(configRefusal, book, ids, now);
  const failing = failingChannels.filter(
    ({ since, failures }) => failures >= FAILING_AT_LEAST && now - since >= FAILING_FOR_MS,
  );
  for (const { channel, failures, reason } of failing) {
    const detail = `${counted(failures, 'attempt')} failed; the last one: ${reason}.`;
    const open = book.find('channel_failing', channel);
    if (open) {
      // A reminder and the end say what is known then.
      if (open.detail !== detail) book.put({ ...open, detail });
      continue;
    }
    const id = ids.of(channel, 'channel_failing');
    const about = { id, kind: 'channel_failing', severity: 'warning', subject: channel, detail } as const;
    book.put(newIncident({ ...about, cause: null, connection: null }, now));
  }
  const still = new Set(failingChannels.map(({ channel }) => channel));
  for (const incident of book.all()) {
    const { kind, resolvedAt, subject } = incident;
    if (kind !== 'channel_failing' || resolvedAt !== null || still.has(subject ?? '')) continue;
    book.resolve(incident, 'recovered', now);
  }
}

function assessConfig(refusal: string | null, book: IncidentBook, ids: IncidentIds, now: number): void {
  const open = book.find('config_rejected', CONFIG);
  if (refusal === null) {
    if (open) book.resolve(open, 'recovered', now);
    return;
  }
  if (open) {
    if (open.detail !== refusal) book.put({ ...open, detail: refusal });
    return;
  }
  const id = ids.of('fleet', 'config_rejected');
  const about = {
    id,
    kind: 'config_rejected',
    severity: 'warning',
    subject: CONFIG,
    detail: refusal,
  } as const;
  book.put(newIncident({ ...about, cause: null, connection: null }, now));
}
