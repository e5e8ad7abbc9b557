import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table';
import { type Basics, describe } from './panels.ts';

/** A column of a table: the name of its field, or the letter of the query whose value it is. */
export interface Column {
  readonly from: string;
  readonly title: string;
  readonly unit?: string;
  readonly width?: number;
  readonly properties?: readonly { readonly id: string; readonly value: unknown }[];
}

/**
 * One row for each combination of labels, merged from several queries; the columns are in this order, and others are
 * left out. `order` names the field whose value orders the rows, also one that is left out.
 */
export function table(
  basics: Basics,
  targets: readonly Builder<Dataquery>[],
  columns: readonly Column[],
  order?: { readonly by: string; readonly descending: boolean },
): Table {
  const panel = describe(new Table(), basics)
    .targets([...targets])
    .withTransformation({ id: 'merge', options: {} });
  if (order) {
    const sort = [{ field: order.by, desc: order.descending }];
    panel.withTransformation({ id: 'sortBy', options: { fields: {}, sort } });
  }
  panel.withTransformation({
    id: 'filterFieldsByName',
    options: { include: { names: columns.map(({ from }) => from) } },
  });
  panel.withTransformation({
    id: 'organize',
    options: {
      excludeByName: {},
      indexByName: Object.fromEntries(columns.map(({ from }, index) => [from, index])),
      renameByName: Object.fromEntries(columns.map(({ from, title }) => [from, title])),
    },
  });
  for (const { title, unit, width, properties = [] } of columns) {
    const own = [
      ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
      ...(width === undefined ? [] : [{ id: 'custom.width', value: width }]),
      ...properties,
    ];
    if (own.length > 0) panel.overrideByName(title, own);
  }
  return panel;
}
