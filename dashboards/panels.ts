import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  type DataSourceRef,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  FieldColorBuilder,
  FieldColorModeId,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimeline } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries';
import { PROMETHEUS } from './variables.ts';

/** What every panel has to say of itself. */
export interface Basics {
  readonly title: string;
  readonly description: string;
  readonly unit: string;
  /** What stands in the panel when its queries return nothing. */
  readonly empty: string;
  readonly span: number;
  readonly height: number;
}

interface Describable {
  title(text: string): this;
  description(text: string): this;
  datasource(ref: DataSourceRef): this;
  unit(unit: string): this;
  noValue(text: string): this;
  span(columns: number): this;
  height(rows: number): this;
}

export function describe<P extends Describable>(panel: P, basics: Basics): P {
  return panel
    .title(basics.title)
    .description(basics.description)
    .datasource({ ...PROMETHEUS })
    .unit(basics.unit)
    .noValue(basics.empty)
    .span(basics.span)
    .height(basics.height);
}

/** A query over the time range. */
export function range(refId: string, expr: string, legend: string): DataqueryBuilder {
  return query(refId, expr).range().legendFormat(legend).format(PromQueryFormat.TimeSeries);
}

/** A query as of the end of the time range, for a number. */
export function now(refId: string, expr: string, legend = ''): DataqueryBuilder {
  return query(refId, expr).instant().legendFormat(legend).format(PromQueryFormat.TimeSeries);
}

/** A query as of the end of the time range, for columns. */
export function rows(refId: string, expr: string): DataqueryBuilder {
  return query(refId, expr).instant().format(PromQueryFormat.Table);
}

export function query(refId: string, expr: string): DataqueryBuilder {
  return new DataqueryBuilder()
    .refId(refId)
    .expr(expr)
    .datasource({ ...PROMETHEUS });
}

/** Lines over time, with their latest values in a table below. A value without neighbours is drawn as a point. */
export function lines(basics: Basics, targets: readonly Builder<Dataquery>[]): TimeSeries {
  return describe(new TimeSeries(), basics)
    .targets([...targets])
    .fillOpacity(8)
    .showPoints(VisibilityMode.Auto)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .calcs(['lastNotNull', 'max']),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
}

export function stacked(basics: Basics, targets: readonly Builder<Dataquery>[]): TimeSeries {
  return lines(basics, targets)
    .fillOpacity(60)
    .lineWidth(0)
    .min(0)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
}

/** One row for each series, with words in it. */
export function timeline(basics: Basics, target: Builder<Dataquery>): StateTimeline {
  return describe(new StateTimeline(), basics)
    .targets([target])
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .thresholds(thresholds('text'))
    .showValue(VisibilityMode.Auto)
    .mergeValues(true)
    .rowHeight(0.85)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .calcs([]),
    );
}

/** Large numbers with their names. */
export function tiles(basics: Basics, targets: readonly Builder<Dataquery>[]): Stat {
  return describe(new Stat(), basics)
    .targets([...targets])
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .textMode(BigValueTextMode.ValueAndName)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .thresholds(thresholds('text'));
}

/** A base colour, and others from given values on. */
export function thresholds(base: string, ...steps: readonly (readonly [number, string])[]) {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([{ value: null, color: base }, ...steps.map(([value, color]) => ({ value, color }))]);
}

/** The same within a column or for a series. */
export function thresholdsOf(base: string, ...steps: readonly (readonly [number, string])[]) {
  return { id: 'thresholds', value: thresholds(base, ...steps).build() };
}
