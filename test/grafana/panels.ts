// What a test that asks the queries of the shipped dashboards needs to know.
export { dashboards, type ShownDashboard, type ShownPanel, type ShownVariable } from './files.ts';
export { ALL, type Macros, type Value, withVariables } from './variables.ts';

/** A query that returns nothing while nothing is wrong, nothing expires, and nobody has to be told. */
export interface EmptyByDesign {
  /** Uid of the dashboard. */
  readonly dashboard: string;
  /** Title of the panel. */
  readonly panel: string;
  readonly refId: string;
  readonly why: string;
}

const WRONG = 'it shows what is wrong, and nothing is';
const TOLD = 'nobody was told of anything';
const EXPIRY = 'no expiry is declared';
const PROBED = 'no permission is probed';

export const EMPTY_BY_DESIGN: readonly EmptyByDesign[] = [
  ...['A', 'B', 'C', 'D'].map((refId) => empty('mimecast-fleet', 'Wrong right now', refId, WRONG)),
  empty('mimecast-fleet', 'The 20 worst connections over time', 'A', WRONG),
  empty('mimecast-fleet', 'Open incidents', 'A', 'no incident is open'),
  empty('mimecast-fleet', 'Checks that were not, by verdict', 'A', 'every check was given a token'),
  ...['A', 'B'].map((refId) => empty('mimecast-fleet', 'Expiring next', refId, EXPIRY)),
  ...['Denied what is probed', 'Answers to probes in an hour'].map((panel) =>
    empty('mimecast-fleet', panel, 'A', PROBED),
  ),
  empty('mimecast-connection', 'Right now', 'F', EXPIRY),
  empty('mimecast-connection', 'Time to the declared expiry', 'A', EXPIRY),
  empty('mimecast-connection', 'May they do what they are for?', 'A', PROBED),
  empty('mimecast-monitor', 'Notifications', 'A', TOLD),
  empty('mimecast-monitor', 'Time a delivery took', 'A', TOLD),
];

function empty(dashboard: string, panel: string, refId: string, why: string): EmptyByDesign {
  return { dashboard, panel, refId, why };
}
