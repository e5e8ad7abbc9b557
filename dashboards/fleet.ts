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
import { AT_END, queriesOf } from './promql.ts';
import { SHOWN_STATES, STATE_RANKS, WORST_FIRST, WRONG_STATES } from './states.ts';
import {
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

/** How the fleet is, what is wrong in it, and what will be. */
export function fleet(): DashboardBuilder {
  const builder = new DashboardBuilder('Mimecast credentials / Fleet')
    .description(
      'Every connection of the monitor: how many are in each state, what is wrong, what expires next.',
    )
    .time({ from: 'now-6h', to: 'now' })
    .variables([datasource(), tenant(), gateway(), state(), label(), labelValue(), statusPage()])
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
    .withPanel(wrongNow(queries, CHOSEN))
    .withPanel(expiringNext(queries))
    .withPanel(openIncidents())
    .withPanel(statesOverTime())
    .withPanel(worstOverTime())
    .withRow(new RowBuilder('Gateways'))
    .withPanel(gatewayTable(queries))
    .withPanel(successRatio())
    .withPanel(gatewayChecks())
    .withPanel(outages())
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
    [range('A', 'max by (state) (mimecast_connections)', '{{state}}')],
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
    .maxDataPoints(200);
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
  const shown = queries.ranks(WRONG_STATES, '', CHOSEN);
  const worst = queries.worst(20, WRONG_STATES, AT_END, CHOSEN);
  return timeline(
    {
      title: 'The 20 worst connections over time',
      description:
        'The connections that are wrong at the end of the time range: the worst state first, then the newest. Where a ' +
        'row is empty the connection was not wrong, or was not watched.',
      unit: 'none',
      empty: 'Nothing is wrong',
      span: 12,
      height: 9,
    },
    range('A', `${shown} and on (connection) ${worst}`, '{{tenant}} / {{connection}}'),
  ).mappings([STATE_RANKS]);
}
