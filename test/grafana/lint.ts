import type { Exposed } from './exposed.ts';
import { type DashboardFile, type FilePanel, flat, queryOf } from './files.ts';
import { CHOSEN_FEW, readQuery } from './promql.ts';
import { REFERENCE, withVariables } from './variables.ts';

export interface Surroundings {
  readonly exposed: Exposed;
  /** The uids of all dashboards that are shipped. */
  readonly uids: ReadonlySet<string>;
}

/** Panels that Grafana 11 and 12 bring along and that suit these numbers; others are old, or from elsewhere. */
const PANEL_TYPES = new Set(['stat', 'table', 'timeseries', 'state-timeline', 'heatmap', 'bargauge']);
/** Grafana 12's; Grafana 11 reads it, too. */
const SCHEMA_VERSION = 42;

/** Everything that is wrong with a dashboard, in words; nothing when all is well. */
export function lint(dashboard: DashboardFile, surroundings: Surroundings): string[] {
  return [
    ...general(dashboard),
    ...variables(dashboard),
    ...dataSources(dashboard),
    ...links(dashboard, surroundings),
    ...flat(dashboard.panels).flatMap((panel) =>
      [...appearance(panel), ...queries(panel, dashboard, surroundings)].map(
        (finding) => `${panel.title}: ${finding}`,
      ),
    ),
    ...annotations(dashboard, surroundings),
    ...choices(dashboard, surroundings),
  ];
}

function general(dashboard: DashboardFile): string[] {
  const { schemaVersion, refresh, timezone, editable, tags = [], panels } = dashboard;
  const inside = flat(panels);
  const findings = [
    ...twice(
      'panel id',
      [...panels, ...inside.filter((panel) => !panels.includes(panel))].map(({ id }) => id),
    ),
    ...twice(
      'panel title',
      inside.map(({ title }) => title),
    ),
    ...overlaps(panels),
  ];
  if (schemaVersion !== SCHEMA_VERSION)
    findings.push(`schema version ${schemaVersion} is not ${SCHEMA_VERSION}`);
  if (refresh !== '30s') findings.push('does not refresh every 30s');
  if (timezone !== 'browser') findings.push("does not go by the browser's time zone");
  if (editable !== false) findings.push('is editable, though provisioning overwrites it');
  if (tags.length === 0) findings.push('has no tag');
  return findings;
}

function twice(what: string, values: readonly unknown[]): string[] {
  const doubles = values.filter((value, index) => values.indexOf(value) !== index);
  return [...new Set(doubles)].map((value) => `${what} ${value} stands twice`);
}

function overlaps(panels: readonly FilePanel[]): string[] {
  return panels.flatMap(({ title, gridPos: place }, index) => {
    if (place === undefined) return [`${title}: has no place`];
    if (place.x + place.w > 24) return [`${title}: is wider than the page`];
    const over = panels.slice(0, index).find(({ gridPos: other }) => {
      if (other === undefined) return false;
      const across = place.x < other.x + other.w && other.x < place.x + place.w;
      return across && place.y < other.y + other.h && other.y < place.y + place.h;
    });
    return over === undefined ? [] : [`${title}: lies over ${over.title}`];
  });
}

/** Variables that nobody defines, since Grafana does. */
const BUILT_IN = /^__/;

function variables(dashboard: DashboardFile): string[] {
  const defined = (dashboard.templating.list ?? []).map(({ name }) => name);
  const used = new Set<string>();
  for (const text of strings({ ...dashboard, templating: null })) addUses(text, used);
  for (const variable of dashboard.templating.list ?? []) {
    // What a variable says of itself makes no use of it.
    for (const text of strings({ ...variable, name: '', description: '' })) {
      addUses(text.replaceAll(`$${variable.name}`, ''), used);
    }
  }
  return [
    ...twice('variable', defined),
    ...[...used].filter((name) => !defined.includes(name)).map((name) => `variable ${name} is not defined`),
    ...defined.filter((name) => !used.has(name)).map((name) => `variable ${name} is not used`),
  ];
}

function addUses(text: string, used: Set<string>): void {
  // `$__all` is a value of a variable, not a variable.
  for (const [, plain, braced, , bracketed] of text.matchAll(REFERENCE)) {
    const name = plain ?? braced ?? bracketed;
    if (name !== undefined && !BUILT_IN.test(name)) used.add(name);
  }
}

/** Every text in it, however deep. */
function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(strings);
}

const SOURCE = `\${datasource}`;

function dataSources(dashboard: DashboardFile): string[] {
  const list = dashboard.templating.list ?? [];
  const asking = [
    ...flat(dashboard.panels).flatMap((panel) =>
      [panel, ...(panel.targets ?? [])].map((one) => [panel.title, one] as const),
    ),
    ...list.filter(({ type }) => type === 'query').map((one) => [`variable ${one.name}`, one] as const),
    ...(dashboard.annotations.list ?? []).map((one) => [`annotation ${one.name}`, one] as const),
  ];
  return [
    ...new Set(
      asking
        .filter(([, { datasource }]) => datasource?.uid !== SOURCE)
        .map(
          ([name, { datasource }]) =>
            `${name}: asks the data source ${datasource?.uid ?? 'of nobody'}, not ${SOURCE}`,
        ),
    ),
  ];
}

function links(dashboard: DashboardFile, { uids }: Surroundings): string[] {
  const targets = strings(dashboard).flatMap((text) => /^\/d\/([\w-]+)/.exec(text)?.[1] ?? []);
  return [...new Set(targets)]
    .filter((uid) => !uids.has(uid))
    .map((uid) => `links to a dashboard ${uid}, which does not exist`);
}

function appearance({ type, description, fieldConfig, options }: FilePanel): string[] {
  const { unit, noValue, mappings = [] } = fieldConfig?.defaults ?? {};
  const findings: string[] = [];
  if (!PANEL_TYPES.has(type)) findings.push(`${type} is no current panel type`);
  if (!description) findings.push('has no description');
  if (!unit) findings.push('has no unit');
  if (!noValue) findings.push('does not say what an empty answer means');
  const overrides = (fieldConfig?.overrides ?? []).flatMap(({ properties }) => properties);
  const all = [
    ...mappings,
    ...overrides.filter(({ id }) => id === 'mappings').flatMap(({ value }) => value as Mapping[]),
  ];
  if (all.some((mapping) => !saysAll(mapping))) findings.push('maps a value to a colour without words');
  if (type === 'state-timeline' && mappings.length === 0) findings.push('shows states by colour alone');
  if (type === 'stat' && options?.textMode === 'none') findings.push('shows numbers by colour alone');
  return findings;
}

type Mapping = NonNullable<NonNullable<FilePanel['fieldConfig']>['defaults']['mappings']>[number];

function saysAll({ type, options }: Mapping): boolean {
  const results = type === 'value' ? Object.values(options) : [(options as { result?: unknown }).result];
  return results.every((result) => Boolean((result as { text?: string } | undefined)?.text));
}

function queries(panel: FilePanel, dashboard: DashboardFile, { exposed }: Surroundings): string[] {
  const { targets = [] } = panel;
  return [
    ...(targets.length === 0 ? ['asks nothing'] : []),
    ...twice(
      'query',
      targets.map(({ refId }) => refId),
    ),
    ...targets.flatMap(({ refId, expr, range = false, instant = false, legendFormat = '' }) => {
      const { findings, labels } = readQuery(replaced(expr, dashboard), exposed, range);
      const legends = [...legendFormat.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(([, label = '']) => label);
      const unknown = legends
        .filter((label) => !labels.has(label))
        .map((label) => `its legend wants a label ${label}`);
      const both = range === instant ? ['asks for neither or both of now and the time range'] : [];
      return [...findings, ...(findings.length === 0 ? unknown : []), ...both].map(
        (finding) => `${refId}: ${finding}`,
      );
    }),
  ];
}

/** Marks may be set anew at each step: what was wrong an hour ago is to be seen there. */
function annotations(dashboard: DashboardFile, { exposed }: Surroundings): string[] {
  return (dashboard.annotations.list ?? []).flatMap(({ name, expr = '' }) =>
    readQuery(replaced(expr, dashboard), exposed, false).findings.map(
      (finding) => `annotation ${name}: ${finding}`,
    ),
  );
}

/** A variable may ask Prometheus, too: for the values of a label, or with a query. */
function choices(dashboard: DashboardFile, { exposed }: Surroundings): string[] {
  return (dashboard.templating.list ?? [])
    .filter(({ type }) => type === 'query')
    .flatMap((variable) => {
      const asked = /^(label_values|label_names|query_result)\((.+)\)$/s.exec(queryOf(variable));
      if (asked === null) return [`variable ${variable.name}: asks nothing that is known`];
      const [, kind, argument = ''] = asked;
      const [, selector = argument, label = ''] =
        kind === 'label_values' ? (/^(.+), *(\S+)$/s.exec(argument) ?? []) : [];
      const expr = replaced(selector, dashboard);
      // Only the names matter of a selector: however many series it has, Prometheus answers with values of a label.
      const query = kind === 'query_result' ? expr : `topk(1, max without (instance) (${expr}))`;
      const { findings, labels } = readQuery(query, exposed, false);
      const wanted = replaced(label, dashboard);
      const unknown =
        findings.length > 0 || wanted === '' || labels.has(wanted) ? [] : [`nothing has a label ${wanted}`];
      return [...findings, ...unknown].map((finding) => `variable ${variable.name}: ${finding}`);
    });
}

/** Variables that a query with a limit has chosen connections for. */
function limited({ templating: { list = [] } }: DashboardFile): Set<string> {
  return new Set(
    list.filter((one) => /^query_result\((top|bottom)k\(/.test(queryOf(one))).map(({ name }) => name),
  );
}

/** A variable that is not defined is a finding of its own, and stands for anything here. */
function replaced(text: string, dashboard: DashboardFile): string {
  const few = limited(dashboard);
  return text.replace(REFERENCE, (reference, plain, braced) => {
    if (few.has(plain ?? braced)) return CHOSEN_FEW;
    try {
      return withVariables(reference);
    } catch {
      return '.*';
    }
  });
}
