import { type AnnounceContext, Desk, type Outgoing } from './announce-desk.ts';
import { announceFirings } from './announce-firing.ts';
import {
  announceDigestEnds,
  announceEnds,
  announceReminders,
  announceToLatecomers,
} from './announce-later.ts';

export type { AnnounceContext, AnnouncePolicy, Outgoing } from './announce-desk.ts';

export interface Announcements {
  /** In the order to send them. */
  readonly outgoing: readonly Outgoing[];
  /** When there may be something to say although nothing happens; null when never. */
  readonly nextAt: number | null;
  /** Confirmed rejections wait for a fresh look at the fleet: they may be part of something larger. */
  readonly wantsSurvey: boolean;
}

/** Decides which of the messages that are owed leave now, alone or together, and why the others don't. */
export function announce(context: AnnounceContext): Announcements {
  const desk = new Desk(context);
  announceFirings(desk);
  announceToLatecomers(desk);
  announceEnds(desk);
  announceDigestEnds(desk);
  announceReminders(desk);
  return { outgoing: desk.outgoing, nextAt: desk.nextAt, wantsSurvey: desk.wantsSurvey };
}
