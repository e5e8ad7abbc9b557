import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { connectionsNow, expiringNext, wrongNow } from './fleet-now.ts';
import { gatewayChecks, gatewayTable, outages, successRatio } from './gateways.ts';
import { incidentsOverTime, openIncidents } from './incidents.ts';
import { finish } from './links.ts';
import { type lines, range, stacked, timeline } from './panels.ts';
import { deniedNow, probeAnswers } from './permissions.ts';
import { AT_END, fleetWide, queriesOf } from './promql.ts';
import { SHOWN_STATES, STATE_RANKS, WORST_FIRST, WRONG_STATES } from './states.ts';
import {
  checkWindow,
  chosen,
  datasource,
  gateway,
  label,
  labelValue,
  PROMETHEUS,
  state,
  statusPage,
  tenant,
} from './variables.ts';

const queries = queriesOf('tenant=~"$tenant", gateway=~"$gateway"');
const CHOSEN = ', state=~"$state"';
/** What a person reads ends somewhere; the status page shows and searches all. */
const ROWS = 100;
const WORST = queries.worst(ROWS, WRONG_STATES, CHOSEN);
const worst = queriesOf('connection=~"$worst"', false);

/** How the fleet is, what is wrong in it, and what will be. */
export function fleet(): DashboardBuilder {
  const builder = new DashboardBuilder('Mimecast credentials / Fleet')
    .description(
      'Every connection of the monitor: how many are in each state, what is wrong, what expires next.',
    )
    .time({ from: 'now-6h', to: 'now' })
    .variables([
      datasource(),
      tenant(),
      gateway(),
      state(),
      label(),
      labelValue(),
      statusPage(),
      chosen('worst', WORST),
      checkWindow(),
    ])
    .annotations([
      new AnnotationQueryBuilder()
        .name('Gateway outages')
        .datasource({ ...PROMETHEUS })
        .enable(true)
        .iconColor('purple')
        .expr('max by (gateway) (mimecast_gateway_outage{gateway=~"$gateway"})')
        .step('30s')
        .titleFormat('Outage')
        .textFormat('{{gateway}}')
        .tagKeys('gateway'),
    ])
    .withPanel(connectionsNow(queries))
    .withPanel(wrongNow(WORST, worst, ROWS))
    .withPanel(expiringNext(queries))
    .withPanel(openIncidents())
    .withPanel(statesOverTime())
    .withPanel(worstOverTime())
    .withRow(new RowBuilder('Gateways'))
    .withPanel(gatewayTable(queries))
    .withPanel(successRatio())
    .withPanel(gatewayChecks())
    .withPanel(outages())
    .withRow(new RowBuilder('Permissions'))
    .withPanel(deniedNow(queries, ROWS))
    .withPanel(probeAnswers())
    .withRow(new RowBuilder('Incidents'))
    .withPanel(incidentsOverTime())
    .withRow(
      // Counts each connection at each step, which takes seconds for thousands: done only for whoever opens it.
      new RowBuilder('History of the chosen connections').collapsed(true).withPanel(chosenOverTime()),
    );
  return finish(builder, 'fleet');
}

function statesOverTime() {
  const panel = stacked(
    {
      title: 'States over time, whole fleet',
      description:
        'Connections by state. Counted by the monitor itself, so it is cheap for any fleet, and does not follow the ' +
        'variables; the last row of this dashboard has the same for the chosen connections.',
      unit: 'short',
      empty: 'No monitor is scraped',
      span: 12,
      height: 9,
    },
    [range('A', fleetWide('state', 'mimecast_connections'), '{{state}}')],
  ).decimals(0);
  return named(panel);
}

function chosenOverTime() {
  const panel = stacked(
    {
      title: 'States over time, chosen connections',
      description: 'Connections by state, for the tenants, gateways, states and label values chosen above.',
      unit: 'short',
      empty: 'No connection is chosen by the variables',
      span: 24,
      height: 9,
    },
    [range('A', `count by (state) (${queries.states('state=~"$state"')})`, '{{state}}')],
  )
    .decimals(0)
    .maxDataPoints(60);
  return named(panel);
}

/** The states' names in words and their colours. */
function named(panel: ReturnType<typeof lines>): ReturnType<typeof lines> {
  for (const state of WORST_FIRST) {
    const { text, color } = SHOWN_STATES[state];
    panel.overrideByName(state, [
      { id: 'displayName', value: text },
      { id: 'color', value: { mode: 'fixed', fixedColor: color } },
    ]);
  }
  return panel;
}

function worstOverTime() {
  return timeline(
    {
      title: 'The 20 worst connections over time',
      description:
        'The states of the connections that are wrong at the end of the time range, at most 20: those in the worst states.',
      unit: 'none',
      empty: 'Nothing is wrong',
      span: 12,
      height: 9,
    },
    range(
      'A',
      `${worst.ranks(WORST_FIRST)} and on (connection) topk(20, ${worst.ranks(WRONG_STATES, AT_END)})`,
      '{{tenant}} / {{connection}}',
    ),
  ).mappings([STATE_RANKS]);
}
