import type { PermissionEvent } from './event.ts';
import type { Incident, IncidentEvidence } from './incident.ts';
import { type IncidentBook, newIncident } from './incident-book.ts';
import { iso } from './notification.ts';

export type PermissionTrackReason = 'opened' | 'updated_quietly' | 'resolved' | 'nothing_open';

/**
 * Follows what an application may do. Its incident stands beside those of the keys: while they are refused nothing is
 * probed, so that what was known of the permission is still what is known.
 */
export function trackPermission(
  event: PermissionEvent,
  book: IncidentBook,
  epoch: string,
  now: number,
): PermissionTrackReason {
  const { to, connection, at } = event;
  const open = book.find('permission_lost', connection.id);
  switch (to) {
    case 'denied':
      // Another call, or the same with another secret: what is said of it from now on is what was denied last.
      book.put(
        open ? { ...open, evidence: evidenceOf(event) ?? open.evidence } : incidentOf(event, epoch, now),
      );
      return open ? 'updated_quietly' : 'opened';
    case 'permitted':
    case 'unknown':
      if (!open) return 'nothing_open';
      book.resolve(open, to === 'permitted' ? 'recovered' : 'removed', at);
      return 'resolved';
    default:
      return to satisfies never;
  }
}

function incidentOf(event: PermissionEvent, epoch: string, now: number): Incident {
  const { connection, channels, version, at, permittedAt } = event;
  const detail =
    permittedAt === null
      ? 'It has not been permitted since it was first probed here.'
      : `It was last permitted at ${iso(permittedAt)}.`;
  const about = {
    id: `${epoch}-${connection.id}-permission_lost-${version}`,
    kind: 'permission_lost',
    cause: null,
    severity: 'warning',
    connection,
    override: channels,
    evidence: evidenceOf(event),
    detail,
  } as const;
  return newIncident(about, Math.min(at, now));
}

function evidenceOf({ evidence, denials, lastSuccessAt }: PermissionEvent): IncidentEvidence | null {
  return evidence && { ...evidence, confirmations: denials, lastSuccessAt };
}
