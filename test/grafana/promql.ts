import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import type { Exposed } from './exposed.ts';
import { all, errorAt, expressions, isSteady, wordOf } from './syntax.ts';

/** Stands for connections of which another query, with a limit, has chosen a few. */
export const CHOSEN_FEW = '__few__';

/** What can be said of a query without asking it. */
export interface QueryFacts {
  readonly findings: readonly string[];
  /** The labels that the series of the answer may have. */
  readonly labels: ReadonlySet<string>;
}

/** Put on every series by whoever scrapes it. */
const TARGET_LABELS = ['job', 'namespace', 'instance', 'pod'];

/** Whether the number of series grows with the fleet: with every connection, with a few chosen ones, or not at all. */
type Spread = 'all' | 'few' | 'none';

interface Part {
  readonly labels: ReadonlySet<string>;
  readonly spread: Spread;
  /** The shared metrics that stand in it once for each process that was scraped. */
  readonly doubled: ReadonlySet<string>;
}

const NOTHING: Part = { labels: new Set(), spread: 'none', doubled: new Set() };

interface Reading {
  readonly text: string;
  readonly exposed: Exposed;
  /** Whether it is asked for many points in time. */
  readonly overTime: boolean;
  readonly findings: Set<string>;
}

/** Reads a query whose variables and macros are replaced. */
export function readQuery(text: string, exposed: Exposed, overTime: boolean): QueryFacts {
  const tree = parser.parse(text);
  const wrong = errorAt(tree.topNode);
  if (wrong !== null) {
    const near = text.slice(Math.max(0, wrong - 20), wrong + 20);
    return { findings: [`no PromQL near "${near}"`], labels: new Set() };
  }
  const reading: Reading = { text, exposed, overTime, findings: new Set() };
  const part = partOf(tree.topNode.firstChild ?? tree.topNode, reading);
  if (part.spread === 'all') reading.findings.add('one series for each connection, without a limit');
  for (const name of part.doubled) reading.findings.add(`${name} stands once for each process`);
  return { findings: [...reading.findings], labels: part.labels };
}

function partOf(node: SyntaxNode, reading: Reading): Part {
  switch (node.name) {
    case 'VectorSelector':
      return selector(node, reading);
    case 'AggregateExpr':
      return aggregation(node, reading);
    case 'BinaryExpr':
      return binary(node, reading);
    case 'FunctionCall':
      return call(node, reading);
    case 'StepInvariantExpr':
    case 'OffsetExpr':
    case 'ParenExpr':
    case 'UnaryExpr':
    case 'MatrixSelector':
    case 'SubqueryExpr':
      return expressions(node).map((child) => partOf(child, reading))[0] ?? NOTHING;
    default:
      return NOTHING;
  }
}

function selector(node: SyntaxNode, { text, exposed, findings }: Reading): Part {
  const name = wordOf(node.getChild('Identifier'), text);
  const series = exposed.get(name);
  if (series === undefined) {
    findings.add(name === '' ? 'a selector without a name' : `${name} is not exposed`);
    return NOTHING;
  }
  const labels = new Set([...series.labels, ...TARGET_LABELS]);
  for (const label of all(node, 'LabelName').map((one) => wordOf(one, text))) {
    if (!labels.has(label)) findings.add(`${name} has no label ${label}`);
  }
  return {
    labels,
    spread: spreadOf(node, series.labels, text),
    doubled: new Set(series.shared ? [name] : []),
  };
}

function spreadOf(node: SyntaxNode, labels: ReadonlySet<string>, text: string): Spread {
  if (!labels.has('connection')) return 'none';
  const matchers = all(node, 'UnquotedLabelMatcher').map((one) => wordOf(one, text));
  return matchers.includes(`connection=~"${CHOSEN_FEW}"`) ? 'few' : 'all';
}

function aggregation(node: SyntaxNode, reading: Reading): Part {
  const operator = wordOf(node.getChild('AggregateOp'), reading.text);
  const body = node.getChild('FunctionCallBody');
  const [argument] = body === null ? [] : expressions(body).slice(-1);
  if (argument === undefined) return NOTHING;
  const inner = partOf(argument, reading);
  if (['topk', 'bottomk', 'limitk'].includes(operator)) {
    if (reading.overTime && inner.spread !== 'none' && !isSteady(argument)) {
      reading.findings.add(`${operator} chooses others at each step: it needs @ end()`);
    }
    return { ...inner, spread: inner.spread === 'none' ? 'none' : 'few' };
  }
  const labels = keptLabels(node, inner.labels, reading);
  if (operator === 'count_values' && body !== null) {
    labels.add(reading.text.slice(body.firstChild?.from, body.firstChild?.to).replaceAll(/^["(]+|"$/g, ''));
  }
  const merges = !labels.has('instance');
  if (merges && ['sum', 'count', 'avg', 'stddev', 'quantile'].includes(operator)) {
    for (const name of inner.doubled)
      reading.findings.add(`${operator} counts ${name} once for each process`);
  }
  const doubled = merges ? new Set<string>() : inner.doubled;
  return { labels, spread: labels.has('connection') ? inner.spread : 'none', doubled };
}

function keptLabels(node: SyntaxNode, inner: ReadonlySet<string>, reading: Reading): Set<string> {
  const modifier = node.getChild('AggregateModifier');
  if (modifier === null) return new Set();
  const names = all(modifier, 'LabelName').map((one) => wordOf(one, reading.text));
  if (modifier.getChild('By') === null) return new Set([...inner].filter((label) => !names.includes(label)));
  for (const name of names) {
    if (!inner.has(name)) reading.findings.add(`nothing here has a label ${name} to group by`);
  }
  return new Set(names);
}

function binary(node: SyntaxNode, reading: Reading): Part {
  const [left = NOTHING, right = NOTHING] = expressions(node).map((child) => partOf(child, reading));
  const doubled = new Set([...left.doubled, ...right.doubled]);
  const matching = node.getChild('MatchingModifierClause');
  const on = matching !== null && matching.getChild('On') !== null ? matchedLabels(matching, reading) : null;
  for (const label of on ?? []) {
    if (!left.labels.has(label) || !right.labels.has(label)) {
      reading.findings.add(`not both sides have a label ${label} to match on`);
    }
  }
  if (node.getChild('Or') !== null) {
    const labels = new Set([...left.labels, ...right.labels]);
    const spread = [left.spread, right.spread].includes('all') ? 'all' : either(left, right);
    return { labels, spread, doubled };
  }
  const matchesConnections = on === null || on.includes('connection');
  const limited = matchesConnections && right.spread === 'few' && left.spread !== 'none';
  if (node.getChild('Unless') !== null) return left;
  if (node.getChild('And') !== null) return limited ? { ...left, spread: 'few' } : left;
  const keepsLeft = on === null || matching?.getChild('GroupLeft') != null || right.labels.size === 0;
  const labels = keepsLeft ? (left.labels.size > 0 ? left.labels : right.labels) : new Set(on);
  return { labels, spread: limited ? 'few' : either(left, right), doubled };
}

/** Two sides that match each other are as few as the fewer; a side that is one number does not count. */
function either(left: Part, right: Part): Spread {
  if (left.spread === 'none') return right.spread;
  if (right.spread === 'none') return left.spread;
  return left.spread === 'few' || right.spread === 'few' ? 'few' : 'all';
}

function matchedLabels(matching: SyntaxNode, { text }: Reading): string[] {
  const grouping = matching.getChild('GroupingLabels');
  return grouping === null ? [] : all(grouping, 'LabelName').map((one) => wordOf(one, text));
}

function call(node: SyntaxNode, reading: Reading): Part {
  const name = wordOf(node.getChild('FunctionIdentifier'), reading.text);
  const body = node.getChild('FunctionCallBody');
  const parts = body === null ? [] : expressions(body).map((child) => partOf(child, reading));
  const part = parts.find(({ labels }) => labels.size > 0) ?? NOTHING;
  if (name !== 'histogram_quantile') return part;
  if (!part.labels.has('le')) reading.findings.add('histogram_quantile needs the label le');
  return { ...part, labels: new Set([...part.labels].filter((label) => label !== 'le')) };
}
