import { counted } from './counted.ts';
import type { Audience, Incident } from './incident.ts';
import type { Wording } from './wording-subject.ts';

/** The secret was rejected, but its source could not say whether it still is the right one. */
const STALE = 'stale_secret_rejected';

/** Whether an incident is about the monitor's own source of secrets, and not about Mimecast. */
export function isAboutSource({ kind, evidence }: Incident): boolean {
  return kind === 'credential_unverifiable' && evidence?.verdict === 'secret_unavailable';
}

/** What is known where one secret could not be read. */
export function describeUnread({ evidence }: Incident): string {
  const { code = null, httpStatus = null } = evidence ?? {};
  return code === STALE
    ? `The monitor's source of the secret fails, and the gateway refuses the last value that it gave (HTTP ${httpStatus}): the secret may have been replaced there meanwhile.`
    : `The monitor could not read the secret (${code ?? 'no reason is known'}), and nothing was sent.`;
}

export const SOURCE_REMEDY =
  "The fault is on the monitor's side, not at Mimecast: the secret could not be read. Run mimecast-monitor validate where " +
  'and as whom the monitor runs, and mend what it prints. The keys are checked again by themselves.';

/** Words the failure of one source that many connections share. */
export function describeSource({ source = '', detail }: Incident, audience: Audience): Wording {
  return {
    summary: `${secretsOf(audience)} can't be read from ${source}`,
    description: `The monitor's own source of secrets fails: ${source} (${detail ?? ''}). Nothing is known against these keys.`,
    remediation: `Look at ${source} on the machine of the monitor. ${SOURCE_REMEDY}`,
  };
}

/** "The secrets of 12 connections", of one customer where the reader may know only of that one. */
export function secretsOf({ total, ids, tenant }: Audience): string {
  const [only] = ids;
  const many = total === 1 && only !== undefined ? only : counted(total, 'connection');
  return tenant === null ? `The secrets of ${many}` : `${tenant}: the secrets of ${many}`;
}
