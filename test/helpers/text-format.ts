/** One sample line, taken apart. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const HEADER = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/s;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"(?:,|$)/y;
const NUMBER = /^(?:[+-]?Inf|Nan|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

/**
 * Reads the text format 0.0.4 more strictly than Prometheus does, and with the rules of `promtool check metrics`:
 * HELP and TYPE stand before their samples, a family stands in one group, no series stands twice, `_total` is for
 * counters and counters only. Throws an Error that names the line.
 */
export function parseMetrics(text: string): Sample[] {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const reader = new Reader();
  for (const [index, line] of text.slice(0, -1).split('\n').entries()) {
    try {
      reader.read(line);
    } catch (error) {
      throw new Error(`line ${index + 1}: ${error instanceof Error ? error.message : error}: ${line}`);
    }
  }
  return reader.samples;
}

class Reader {
  readonly samples: Sample[] = [];
  readonly #types = new Map<string, string>();
  readonly #series = new Set<string>();
  #family = '';

  read(line: string): void {
    if (line === '') return;
    if (line.startsWith('#')) this.#header(line);
    else this.#sample(line);
  }

  #header(line: string): void {
    const [, keyword = '', name = '', rest = ''] = HEADER.exec(line) ?? fail('no HELP or TYPE');
    if (keyword === 'HELP') {
      this.#family = name;
      return;
    }
    if (name !== this.#family) fail('TYPE without HELP right before');
    if (this.#types.has(name)) fail('a second group of this family');
    if (!['counter', 'gauge', 'histogram', 'summary'].includes(rest)) fail('unknown type');
    if (name.endsWith('_total') !== (rest === 'counter')) fail('_total is for counters');
    this.#types.set(name, rest);
  }

  #sample(line: string): void {
    const [, name = '', pairs = '', value = ''] = SAMPLE.exec(line) ?? fail('no sample');
    if (!NUMBER.test(value)) fail('no number');
    const type = this.#types.get(this.#family);
    const compound = type === 'histogram' || type === 'summary';
    const base = compound ? name.replace(/_(?:bucket|sum|count)$/, '') : name;
    if (base !== this.#family) fail('a sample outside its family');
    const labels = readLabels(pairs);
    const series = `${name}${JSON.stringify(Object.entries(labels).sort())}`;
    if (this.#series.has(series)) fail('a series that stands twice');
    this.#series.add(series);
    this.samples.push({ name, labels, value: Number(value.replace('Inf', 'Infinity')) });
  }
}

function readLabels(pairs: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < pairs.length) {
    const [, name = '', value = ''] = LABEL.exec(pairs) ?? fail('a malformed label');
    if (name in labels) fail(`label ${name} stands twice`);
    labels[name] = value.replaceAll(/\\(["\\n])/g, (_, mark: string) => (mark === 'n' ? '\n' : mark));
  }
  return labels;
}

function fail(message: string): never {
  throw new Error(message);
}
