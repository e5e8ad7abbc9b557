import type { Connection } from '../domain/connection.ts';
import { certaintyOf } from '../domain/verdict.ts';
import { type Change, EditError, editConfig, type Preview, previewEdit } from '../edit/edit-config.ts';
import type { CheckedConnection } from './check-fleet.ts';
import { checkDocument, countCertainties } from './check-report.ts';
import { complain, listMistakes } from './complain.ts';
import type { CliContext } from './context.ts';
import type { EditEdge } from './edit-edge.ts';
import { monitorUrl } from './monitor-address.ts';
import { isMonitorRunning } from './monitor-running.ts';
import { lineWidth, paintFor, printable, wrap } from './table.ts';
import { trialText } from './trial-text.ts';
import { tryKeys } from './try-keys.ts';

export interface EditFlags {
  readonly config?: string;
  readonly json?: boolean;
  readonly yes?: boolean;
  /** False with `--no-check`. */
  readonly check?: boolean;
}

/** A change of the config, and what belongs to it. */
export interface EditOrder {
  readonly path: string;
  readonly change: Change;
  readonly flags: EditFlags;
  /** The connections whose keys must work before anything is written. */
  readonly tried: (preview: Preview) => readonly Connection[];
  /** Whether a person is asked before it is written. */
  readonly confirmed: boolean;
  /** What was done, in one line. */
  readonly done: string;
  /** What there is to say when nothing would change. */
  readonly nothing: string;
  /** What follows once it is written, before anybody else may change it; lines about it. */
  readonly afterwards?: (preview: Preview) => Promise<readonly string[]>;
}

const INTERRUPTED = 130;

/** Tries the keys, shows the change, asks, and writes; gives the exit code. */
export async function runEdit(order: EditOrder, context: CliContext, edge: EditEdge): Promise<number> {
  const { path, change, flags } = order;
  const options = { channelTypes: context.channelTypes };
  try {
    const preview = await previewEdit(path, change, options);
    if (preview.files.length === 0 && preview.secrets.size === 0) {
      return report(order, context, { written: false, checked: [], diff: '', lines: [order.nothing] });
    }
    const trial = await tryFirst(order, preview, context, edge);
    if (trial.exitCode !== null) {
      if (flags.json === true) writeDocument(context, { written: false, checked: trial.checked, diff: '' });
      return trial.exitCode;
    }
    const diff = diffOf(preview);
    // With --json, stdout is for the document alone.
    (flags.json === true ? context.stderr : context.stdout).write(paintDiff(diff, order, context));
    if (order.confirmed && edge.terminal !== null && flags.yes !== true) {
      if (!(await edge.terminal.confirm(`Write this to ${path}?`))) {
        complain(context.stderr, 'nothing was written');
        return 2;
      }
    }
    let more: readonly string[] = [];
    const written = await editConfig(path, change, options, async (preview) => {
      more = (await order.afterwards?.(preview)) ?? [];
    });
    const lines = [order.done, ...more, await pickUpLine(written, context)];
    return report(order, context, { written: true, checked: trial.checked, diff, lines });
  } catch (error) {
    if (!(error instanceof EditError)) throw error;
    return refuse(error, context);
  }
}

interface Tried {
  readonly checked: readonly CheckedConnection[];
  /** Null: go on. */
  readonly exitCode: number | null;
}

async function tryFirst(
  { tried, flags }: EditOrder,
  preview: Preview,
  context: CliContext,
  edge: EditEdge,
): Promise<Tried> {
  const connections = flags.check === false ? [] : tried(preview);
  if (connections.length === 0) return { checked: [], exitCode: null };
  const run = await tryKeys(connections, preview.after, context, edge);
  const checked = connections.flatMap(({ id }) => run.checked.get(id) ?? []);
  if (checked.length < run.total) {
    complain(context.stderr, 'interrupted: nothing was written');
    return { checked: [], exitCode: INTERRUPTED };
  }
  for (const one of checked) say(context, trialText(one));
  const { invalid, unknown } = countCertainties(checked);
  if (invalid > 0) {
    complain(
      context.stderr,
      'nothing was written; --no-check registers keys all the same, for example before they are active',
    );
    return { checked, exitCode: 1 };
  }
  if (unknown === 0) return { checked, exitCode: null };
  const ids = checked
    .filter(({ result }) => certaintyOf(result.verdict) === 'unknown')
    .map((one) => one.connection.id);
  if (edge.terminal !== null && flags.yes !== true) {
    if (await edge.terminal.confirm(`It is not known whether the keys of ${ids.join(', ')} work. Go on?`)) {
      return { checked, exitCode: null };
    }
    complain(context.stderr, 'nothing was written');
  } else {
    complain(
      context.stderr,
      'nothing was written, for it is not known whether the keys work; --no-check goes on without knowing',
    );
  }
  return { checked, exitCode: 2 };
}

function say({ stderr }: CliContext, text: string): void {
  stderr.write(`${wrap(printable(text), lineWidth(stderr))}\n`);
}

function diffOf({ files }: Preview): string {
  return files.map((file) => file.diff() ?? `${file.file}: too many lines to be shown\n`).join('');
}

function paintDiff(diff: string, { flags }: EditOrder, { stdout, stderr, env }: CliContext): string {
  const paint = paintFor(flags.json === true ? stderr : stdout, env);
  return diff
    .split('\n')
    .map((line) => {
      const text = printable(line);
      if (/^(?:---|\+\+\+|@@)/.test(line)) return paint('quiet', text);
      if (line.startsWith('+')) return paint('good', text);
      return line.startsWith('-') ? paint('bad', text) : text;
    })
    .join('\n');
}

async function pickUpLine({ after: { http } }: Preview, { env }: CliContext): Promise<string> {
  const url = monitorUrl(http, env);
  return (await isMonitorRunning(url))
    ? `The monitor at ${url} reads it by itself within seconds.`
    : `No monitor answers at ${url}; one that runs with this config reads it by itself, mimecast-monitor start starts one.`;
}

interface Outcome {
  readonly written: boolean;
  readonly checked: readonly CheckedConnection[];
  readonly diff: string;
  readonly lines: readonly string[];
}

function report({ flags }: EditOrder, context: CliContext, outcome: Outcome): number {
  if (flags.json === true) writeDocument(context, outcome);
  else for (const line of outcome.lines) context.stdout.write(`${printable(line)}\n`);
  return 0;
}

function writeDocument({ stdout }: CliContext, { written, checked, diff }: Omit<Outcome, 'lines'>): void {
  const { connections } = checkDocument(checked, 0);
  stdout.write(`${JSON.stringify({ written, diff, checked: connections }, null, 2)}\n`);
}

/** Tells why nothing was changed. */
export function refuse({ code, issues }: EditError, { stderr }: CliContext): number {
  if (code === 'config_has_mistakes')
    complain(stderr, 'the config has mistakes; correct them first (nothing was written):');
  if (code === 'would_be_wrong') complain(stderr, 'nothing was written, for it would be a mistake:');
  listMistakes(stderr, ...issues);
  return 2;
}
