import { readdirSync, readFileSync } from 'node:fs';

/** The shipped dashboards, as far as a test that asks their queries wants to know. */
export interface ShownDashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly ShownPanel[];
  readonly variables: readonly ShownVariable[];
  readonly annotations: readonly { readonly name: string; readonly expr: string }[];
}

export interface ShownPanel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly targets: readonly {
    readonly refId: string;
    readonly expr: string;
    readonly instant: boolean;
    readonly range: boolean;
  }[];
}

export interface ShownVariable {
  readonly name: string;
  readonly type: string;
  /** As the variable's field in Grafana has it, e.g. `label_values(mimecast_credential_info, tenant)`. */
  readonly query: string;
  /** What stands for all values, or for the one that a query gives; null where a person has to say it. */
  readonly all: string | null;
  /** What is taken of each answer of the query, as `/…/`; empty for all of it. */
  readonly regex: string;
}

/** The parts of Grafana's own model that are read here. */
export interface DashboardFile {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly refresh?: string;
  readonly timezone?: string;
  readonly editable?: boolean;
  readonly tags?: readonly string[];
  readonly links?: readonly object[];
  readonly panels: readonly FilePanel[];
  readonly templating: { readonly list?: readonly FileVariable[] };
  readonly annotations: { readonly list?: readonly FileAnnotation[] };
}

interface Asking {
  readonly datasource?: { readonly uid?: string };
}

export interface FileAnnotation extends Asking {
  readonly name: string;
  readonly expr?: string;
}

export interface FileTarget extends Asking {
  readonly refId: string;
  readonly expr: string;
  readonly instant?: boolean;
  readonly range?: boolean;
  readonly legendFormat?: string;
}

export interface FilePanel extends Asking {
  readonly id: number;
  readonly title?: string;
  readonly description?: string;
  readonly type: string;
  readonly gridPos?: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly panels?: readonly FilePanel[];
  readonly targets?: readonly FileTarget[];
  readonly options?: { readonly textMode?: string };
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly noValue?: string;
      readonly mappings?: readonly { readonly type: string; readonly options: object }[];
    };
    readonly overrides?: readonly {
      readonly properties: readonly { readonly id: string; readonly value?: unknown }[];
    }[];
  };
}

export interface FileVariable extends Asking {
  readonly name: string;
  readonly type: string;
  readonly query?: string | { readonly query: string };
  readonly includeAll?: boolean;
  readonly allValue?: string;
  readonly regex?: string;
  readonly current?: { readonly value?: string };
}

const FOLDER = new URL('../../config/grafana/dashboards/', import.meta.url);

/** The committed files by their names. */
export function dashboardFiles(): ReadonlyMap<string, string> {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
  return new Map(names.sort().map((name) => [name, readFileSync(new URL(name, FOLDER), 'utf8')]));
}

export function dashboards(): readonly ShownDashboard[] {
  return [...dashboardFiles().values()].map((text) => show(JSON.parse(text) as DashboardFile));
}

function show({ uid, title, panels, templating, annotations }: DashboardFile): ShownDashboard {
  return {
    uid,
    title,
    panels: flat(panels).map((panel) => ({
      id: panel.id,
      title: panel.title ?? '',
      type: panel.type,
      targets: (panel.targets ?? []).map(({ refId, expr, instant = false, range = false }) => ({
        refId,
        expr,
        instant,
        range,
      })),
    })),
    variables: (templating.list ?? []).map((variable) => ({
      name: variable.name,
      type: variable.type,
      query: queryOf(variable),
      all: variable.includeAll ? (variable.allValue ?? '.*') : (variable.current?.value ?? null),
      regex: variable.regex ?? '',
    })),
    annotations: (annotations.list ?? []).map(({ name, expr = '' }) => ({ name, expr })),
  };
}

/** The panels in their order, those of rows among them, without the rows themselves. */
export function flat(panels: readonly FilePanel[]): readonly FilePanel[] {
  return panels.flatMap((panel) => (panel.type === 'row' ? flat(panel.panels ?? []) : [panel]));
}

export function queryOf({ query }: FileVariable): string {
  return (typeof query === 'object' ? query.query : query) ?? '';
}
