import { counted } from '../domain/counted.ts';
import type { ReportedDelivery, ReportedIncident } from './monitor-answers.ts';
import type { Tone } from './table.ts';

/** What "why was I not told?" is answered with: what became of the message in each channel, or why there is none. */
export function toldText({ id, notice }: ReportedIncident): string {
  const { state, reason, toldAt, toldBy, deliveries } = notice;
  const channels = deliveries.map(deliveryText).join('; ');
  if (state === 'held' || state === 'quiet') {
    const why = HELD_TEXTS[reason ?? ''] ?? `not yet (${reason ?? 'new'})`;
    return deliveries.length === 0 || state === 'quiet' ? why : `${why} (${channels})`;
  }
  if (deliveries.length === 0) return `handed over at ${shortTime(toldAt)}`;
  return toldBy === null || toldBy === id ? channels : `in the message ${toldBy}: ${channels}`;
}

export function toldTone({ notice: { state, deliveries } }: ReportedIncident): Tone | null {
  if (deliveries.some((one) => one.state === 'given_up')) return 'bad';
  return state === 'waiting' || deliveries.some((one) => one.state === 'waiting') ? 'warning' : null;
}

function deliveryText({ channel, state, at, since, attempts, reason }: ReportedDelivery): string {
  const tried = counted(attempts, 'attempt');
  switch (state) {
    case 'delivered':
      return `${channel} delivered ${shortTime(at)}`;
    case 'waiting':
      return attempts === 0
        ? `${channel} waiting since ${shortTime(since)}, not tried yet`
        : `${channel} waiting since ${shortTime(since)}, ${tried}, the last: ${reason}`;
    case 'given_up':
      return `${channel} given up ${shortTime(at)} after ${tried}: ${reason}`;
    case 'superseded':
      return `${channel} not sent: ${reason}`;
    case 'unknown':
      return `${channel} handed over, delivery not noted`;
    default:
      return state satisfies never;
  }
}

const HELD_TEXTS: Readonly<Record<string, string>> = {
  grouping: 'in a moment: it waits for others of its kind',
  outage: 'not while its gateway is out; what is still wrong afterwards is told then',
  mass_rejection: 'in the message about the mass; by itself in half an hour at the latest',
  awaiting_verdict: 'not before it is certain whether the keys work, which takes unverifiableAfter at most',
  silenced: 'not while it is silenced',
  nobody_to_tell: 'nobody: no channel is configured for it',
  superseded: 'nobody: it was no news any more when it could be sent',
};

export function shortTime(iso: string | null): string | null {
  return iso === null ? null : iso.slice(0, 19).replace('T', ' ');
}
