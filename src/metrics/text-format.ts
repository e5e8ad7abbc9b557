/** Pieces of the Prometheus text format 0.0.4. */

export const TEXT_FORMAT = 'text/plain; version=0.0.4; charset=utf-8';

/** The two comment lines that open a metric family; all of the families written here are gauges. */
export function gaugeHeader(name: string, help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n`;
}

/** `name="value",name="value"` without the braces, so that one more label can be put behind. */
export function labelPairs(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabelValue(value)}"`)
    .join(',');
}

/**
 * A label value as it stands between its quotes. A NUL ends the input for some parsers, Prometheus' among them, and
 * would cost the whole scrape: it is shown as the replacement character.
 */
export function escapeLabelValue(value: string): string {
  if (!NEEDS_ESCAPE.test(value)) return value;
  return value
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('"', '\\"')
    .replaceAll('\0', '\ufffd');
}

const NEEDS_ESCAPE = /[\\\n"\0]/;

/** A configured label's name as it may stand in a metric: `label_` and then letters, digits and underscores. */
export function infoLabelName(name: string): string {
  return `label_${name.replaceAll(/[^a-zA-Z0-9_]/g, '_')}`;
}
