import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import {
  checksBehind,
  expiryLeft,
  lastChecks,
  lastSuccesses,
  rejections,
  tokenLifetimes,
} from './connection-lines.ts';
import { labelTable, standing } from './connection-tables.ts';
import { finish } from './links.ts';
import { range, timeline } from './panels.ts';
import { permissionsOverTime } from './permissions.ts';
import { anyOf, queriesOf } from './promql.ts';
import { mapping, STATE_RANKS, WORST_FIRST, WRONG_STATES } from './states.ts';
import {
  chosen,
  connection,
  datasource,
  gateway,
  label,
  labelValue,
  PROMETHEUS,
  statusPage,
  tenant,
} from './variables.ts';

const MATCHERS = 'tenant=~"$tenant", gateway=~"$gateway", connection=~"$connection"';
const WORST = queriesOf(MATCHERS).worst(20, WORST_FIRST);
const queries = queriesOf('connection=~"$shown"', false);
const NAME = '{{tenant}} / {{connection}}';

/** Some connections in depth: those of one tenant, or one alone. */
export function connectionInDepth(): DashboardBuilder {
  const builder = new DashboardBuilder('Mimecast credentials / Connection')
    .description(
      'The connections of a tenant in depth. Of more than 20 that are chosen, the 20 in the worst states are shown.',
    )
    .time({ from: 'now-24h', to: 'now' })
    .variables([
      datasource(),
      tenant(),
      gateway(),
      label(),
      labelValue(),
      connection(),
      statusPage(),
      chosen('shown', WORST),
    ])
    .annotations([
      new AnnotationQueryBuilder()
        .name('Incidents')
        .datasource({ ...PROMETHEUS })
        .enable(true)
        .iconColor('red')
        .expr(queries.states(anyOf(WRONG_STATES)))
        .step('30s')
        .titleFormat('{{state}}')
        .textFormat('{{tenant}} / {{connection}}')
        .tagKeys('state,tenant'),
    ])
    .withPanel(standing(WORST, queries))
    .withPanel(statesOverTime())
    .withPanel(validity())
    .withPanel(permissionsOverTime(queries, NAME))
    .withRow(new RowBuilder('Checks'))
    .withPanel(rejections(queries))
    .withPanel(lastChecks(queries))
    .withPanel(lastSuccesses(queries))
    .withPanel(checksBehind(queries))
    .withRow(new RowBuilder('Keys and tokens'))
    .withPanel(expiryLeft(queries))
    .withPanel(tokenLifetimes(queries))
    .withPanel(labelTable('connection=~"$shown"'));
  return finish(builder, 'connection');
}

function statesOverTime() {
  return timeline(
    {
      title: 'States over time',
      description: 'The state of each connection.',
      unit: 'none',
      empty: 'No connection is chosen by the variables',
      span: 24,
      height: 8,
    },
    range('A', queries.ranks(WORST_FIRST), NAME),
  ).mappings([STATE_RANKS]);
}

function validity() {
  return timeline(
    {
      title: 'Do the keys work?',
      description:
        'Whether the keys are known to work. Empty where neither is known: before the first answer, while nothing can ' +
        'be verified, and while a connection is disabled.',
      unit: 'none',
      empty: 'Not known of any chosen connection',
      span: 24,
      height: 7,
    },
    range('A', queries.of('valid'), NAME),
  ).mappings([
    mapping([
      ['1', { text: 'Work', color: 'green' }],
      ['0', { text: 'Do not work', color: 'red' }],
    ]),
  ]);
}
