import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const RULES = ['monitor', 'credentials'].map((name) => `config/prometheus/${name}.rules.yml`);
export const RULE_TESTS = ['monitor', 'credentials'].map((name) => `test/prometheus/${name}.test.yml`);

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface RecordRule {
  readonly record: string;
  readonly expr: string;
}

/** One question of a `promtool test rules` file, with the severities of the alerts that are to fire then. */
export interface AlertQuestion {
  readonly alert: string;
  readonly firing: readonly string[];
}

export function read(path: string): string {
  return readFileSync(`${ROOT}${path}`, 'utf8');
}

interface RuleFile {
  readonly groups: readonly { readonly rules: readonly (AlertRule | RecordRule)[] }[];
}

function rulesOf(path: string): readonly (AlertRule | RecordRule)[] {
  return (parse(read(path)) as RuleFile).groups.flatMap(({ rules }) => rules);
}

export const ALERTS: readonly AlertRule[] = RULES.flatMap(rulesOf).filter((rule) => 'alert' in rule);
export const RECORDS: readonly RecordRule[] = RULES.flatMap(rulesOf).filter((rule) => 'record' in rule);

interface TestFile {
  readonly tests: readonly {
    readonly alert_rule_test?: readonly {
      readonly alertname: string;
      readonly exp_alerts?: readonly { readonly exp_labels: { readonly severity: string } }[];
    }[];
  }[];
}

export function questions(): readonly AlertQuestion[] {
  return RULE_TESTS.flatMap((path) => (parse(read(path)) as TestFile).tests)
    .flatMap(({ alert_rule_test: asked = [] }) => asked)
    .map(({ alertname, exp_alerts: expected = [] }) => ({
      alert: alertname,
      firing: expected.map(({ exp_labels: { severity } }) => severity),
    }));
}

const KEYWORDS = new Set(['and', 'or', 'unless', 'offset', 'bool']);
const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g;

/** Every series that a PromQL expression asks for. */
export function seriesIn(expression: string): string[] {
  const bare = expression
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(GROUPING, '')
    .replaceAll(/\[[^\]]*\]|\b\d[\w.]*/g, '');
  const words = [...bare.matchAll(/([a-zA-Z_:][\w:]*)(\s*\()?/g)];
  return words
    .filter(([, word = '', call]) => call === undefined && !KEYWORDS.has(word))
    .map(([, word = '']) => word);
}

export interface Matcher {
  readonly series: string;
  readonly label: string;
  /** What the label is compared with; the alternatives of a regular expression one by one. */
  readonly values: readonly string[];
}

/** Every label that a PromQL expression selects series by. */
export function matchersIn(expression: string): Matcher[] {
  return [...expression.matchAll(/([a-zA-Z_:][\w:]*)\{([^}]*)\}/g)].flatMap(([, series = '', inside = '']) =>
    [...inside.matchAll(/(\w+)(=~|=)"([^"]*)"/g)].map(([, label = '', operator, value = '']) => ({
      series,
      label,
      values: operator === '=' ? [value] : value.split('|'),
    })),
  );
}

/** The anchors of a Markdown file's headings, as GitHub and GitLab make them. */
export function anchorsOf(markdown: string): Set<string> {
  const headings = [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    ),
  );
}
