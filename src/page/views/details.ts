import type { PermissionState } from '../../domain/permission.ts';
import { meaningOf } from '../../domain/state-meaning.ts';
import type { Change, ConnectionDetails, ShownEvidence, ShownIncident } from '../data.ts';
import { stateBadge } from '../icons.ts';
import { h, type Markup, type MarkupElement } from '../markup.ts';
import { absolute, timeElement } from '../times.ts';
import { incidentCard } from './incidents.ts';
import { strip } from './strip.ts';
import { expiryOf, hostOf, stateOf } from './table.ts';

export interface DetailsShown {
  readonly connection: ConnectionDetails;
  readonly incidents: readonly ShownIncident[];
  /** Whether the monitor takes changes from this page. */
  readonly mayChange: boolean;
}

/** One connection in depth: what is known, why, since when, and what to do. */
export function detailsView(
  { connection, incidents, mayChange }: DetailsShown,
  now: number,
): readonly Markup[] {
  const { id, state, history } = connection;
  return [
    h('p', { class: 'details-state' }, stateOf(connection), ' ', meaningOf(state).known),
    h('p', {}, h('strong', {}, 'What to do: '), whatToDo(connection)),
    mayChange && state !== 'disabled'
      ? h(
          'p',
          { class: 'buttons' },
          h('button', { type: 'button', 'data-action': 'check', 'data-value': id }, 'Check now'),
          ' ',
          h(
            'button',
            { type: 'button', class: 'plain', 'data-action': 'silence', 'data-value': id },
            'Silence …',
          ),
        )
      : '',
    h('h3', {}, 'Facts'),
    facts(connection, now),
    ...(incidents.length === 0
      ? []
      : [h('h3', {}, 'Open incidents'), ...incidents.map((incident) => incidentCard(incident, now))]),
    h('h3', {}, 'History of states'),
    ...(history.length === 0
      ? [h('p', { class: 'quiet' }, 'Nothing has changed since it was registered.')]
      : [strip(history, state, now), changes(history, now)]),
  ];
}

/** Keys that work need nothing, but what stands beside them may. */
function whatToDo({ state, permission, expiryOutdated }: ConnectionDetails): string {
  if (state === 'healthy' && permission === 'denied') {
    return 'Leave the keys, they are fine: the role of the application must permit the call that is probed.';
  }
  if (state === 'healthy' && expiryOutdated) {
    return 'Update the declared expiry in the config: the secret was replaced, the date was not.';
  }
  return meaningOf(state).whatToDo;
}

function facts(connection: ConnectionDetails, now: number): MarkupElement {
  const { gateway, since, lastCheckAt, lastVerdict, lastSuccessAt, consecutiveRejections, labels } =
    connection;
  const rows: [string, Markup[]][] = [
    ['Gateway', [hostOf(gateway)]],
    ['In this state', [timeElement(since, now, 'not known')]],
    ['Last check', [timeElement(lastCheckAt, now), lastVerdict === null ? '' : `: ${lastVerdict}`]],
    ['Last evidence', [evidenceText(connection.evidence)]],
    ['Last success', [timeElement(lastSuccessAt, now)]],
    ['Refused in a row', [`${consecutiveRejections}; ${connection.confirmations} confirm it`]],
    ['Checked every', [connection.interval]],
    ['Declared expiry', [expiryOf(connection, now)]],
    ...permissionFacts(connection, now),
  ];
  for (const [name, value] of Object.entries(labels)) rows.push([`Label ${name}`, [value]]);
  return h(
    'dl',
    { class: 'facts' },
    rows.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
  );
}

/** Nothing where no permission is probed. */
function permissionFacts({ permission, probe }: ConnectionDetails, now: number): [string, Markup[]][] {
  if (permission === null || probe === null) return [];
  const since = probe.since === null ? [] : [' since ', timeElement(probe.since, now)];
  const answer =
    probe.lastAnswer === null ? '' : `: ${answerText(probe.lastAnswer.result, probe.lastAnswer)}`;
  return [
    ['Permission', [PERMISSIONS[permission], ...since]],
    ['Probed with', [`${probe.call}, every ${probe.interval}`]],
    ['Last probe', [timeElement(probe.lastProbeAt, now), answer]],
  ];
}

const PERMISSIONS: Readonly<Record<PermissionState, string>> = {
  permitted: 'The probed call is permitted',
  denied: 'The probed call is denied, although the keys work',
  unknown: 'Nothing certain is known yet',
};

function changes(history: readonly Change[], now: number): MarkupElement {
  return h(
    'ol',
    { class: 'history' },
    history.map((change) => {
      const { at, from, to, reason, evidence } = change;
      return h(
        'li',
        { key: `${at} ${to} ${reason}` },
        h(
          'span',
          { class: 'history-when' },
          timeElement(at, now),
          h('span', { class: 'quiet exact' }, absolute(at)),
        ),
        h(
          'span',
          { class: 'history-what' },
          from === to
            ? stateBadge(to)
            : [stateBadge(from), h('span', { class: 'arrow' }, ' → '), stateBadge(to)],
        ),
        h(
          'span',
          { class: 'history-why' },
          REASONS[reason] ?? reason.replaceAll('_', ' '),
          '. ',
          evidenceText(evidence),
        ),
      );
    }),
  );
}

function evidenceText(evidence: ShownEvidence | null): string {
  if (evidence === null) return 'none';
  return answerText(evidence.verdict, evidence);
}

/** What an answer was taken for, and what was in it. */
function answerText(
  meaning: string,
  { httpStatus, code, requestId }: Pick<ShownEvidence, 'httpStatus' | 'code' | 'requestId'>,
): string {
  const parts = [
    meaning,
    httpStatus === null ? null : `HTTP ${httpStatus}`,
    code,
    requestId === null ? null : `request ${requestId}`,
  ];
  return parts.filter((part) => part !== null).join(', ');
}

const REASONS: Readonly<Record<string, string>> = {
  first_success: 'First token with this secret',
  recovered: 'A token was issued again',
  first_rejection: 'First refusal; being asked again',
  rejection_confirmed: 'Refused often enough in a row to be sure',
  cause_changed: 'Refused for another cause now',
  no_certain_answer: 'No certain answer for long',
  unknown_code_persists: 'Refused with an unknown code for long',
  secret_changed: 'The secret was changed; a new count begins',
  enabled: 'Enabled in the config',
  disabled: 'Disabled in the config',
  restored: 'Registered anew',
};
