import { INCIDENT_KINDS, type IncidentKind } from '../src/domain/incident.ts';
import { TO_STATUS_PAGE } from './links.ts';
import { range, rows, stacked } from './panels.ts';
import { fleetWide } from './promql.ts';
import { mapping } from './states.ts';
import { table } from './table.ts';

const WORDS: Readonly<Record<IncidentKind, string>> = {
  credential_invalid: 'Keys do not work',
  credential_unverifiable: 'Keys cannot be verified',
  credential_expiring: 'Secret expires',
  gateway_outage: 'Gateway outage',
  mass_rejection: 'Mass rejection',
  permission_lost: 'Permission lost',
  config_rejected: 'Config refused',
  channel_failing: 'Channel fails',
};

export function openIncidents() {
  return table(
    {
      title: 'Open incidents',
      description: 'Incidents that are open now, by kind and severity, of the whole fleet.',
      unit: 'short',
      empty: 'No incident is open',
      span: 10,
      height: 9,
    },
    [rows('A', `${fleetWide('kind, severity', 'mimecast_incidents_open')} > 0`)],
    [
      {
        from: 'kind',
        title: 'Kind',
        properties: [
          { id: 'mappings', value: [mapping(INCIDENT_KINDS.map((kind) => [kind, { text: WORDS[kind] }]))] },
          { id: 'links', value: [TO_STATUS_PAGE] },
        ],
      },
      {
        from: 'severity',
        title: 'Severity',
        properties: [
          {
            id: 'mappings',
            value: [
              mapping([
                ['critical', { text: 'Critical', color: 'red' }],
                ['warning', { text: 'Warning', color: 'orange' }],
              ]),
            ],
          },
          { id: 'custom.cellOptions', value: { type: 'color-text' } },
        ],
      },
      { from: 'Value', title: 'Open', unit: 'short' },
    ],
    { by: 'Value', descending: true },
  );
}

export function incidentsOverTime() {
  const panel = stacked(
    {
      title: 'Open incidents over time',
      description:
        'Open incidents by kind, of the whole fleet. A message about many incidents counts for none.',
      unit: 'short',
      empty: 'No monitor is scraped',
      span: 24,
      height: 8,
    },
    [range('A', fleetWide('kind', 'mimecast_incidents_open'), '{{kind}}')],
  ).decimals(0);
  for (const kind of INCIDENT_KINDS) panel.overrideByName(kind, [{ id: 'displayName', value: WORDS[kind] }]);
  return panel;
}
