import { compareText } from '../http/worst-first.ts';
import type { ReportedIncident } from './monitor-answers.ts';

/** Open incidents as they are best read: critical ones first, then by age, and behind a digest those that it tells of. */
export function inReadingOrder(incidents: readonly ReportedIncident[]): readonly ReportedIncident[] {
  const byId = new Map(incidents.map((incident) => [incident.id, incident]));
  const headOf = ({ notice }: ReportedIncident) => byId.get(notice.digest ?? '') ?? null;
  return incidents.toSorted((a, b) => {
    const [headA, headB] = [headOf(a), headOf(b)];
    const families = compareUrgency(headA ?? a, headB ?? b);
    // One of them heads the other where the families are the same and only one of them has a head.
    return families || Number(headA !== null) - Number(headB !== null) || compareUrgency(a, b);
  });
}

function compareUrgency(a: ReportedIncident, b: ReportedIncident): number {
  return rank(a) - rank(b) || compareText(a.startedAt, b.startedAt) || compareText(a.id, b.id);
}

function rank({ severity }: ReportedIncident): number {
  return severity === 'critical' ? 0 : 1;
}
