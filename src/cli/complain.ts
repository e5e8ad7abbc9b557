import { printable } from './table.ts';

/** What every line on stderr begins with, so that it can be told whose it is. */
const NAME = 'mimecast-monitor: ';

/** Anything with a `write`: a stream, or what commander hands over. */
interface Writer {
  write(text: string): unknown;
}

/** Says what is wrong, or worth a look, in one line each. */
export function complain(stderr: Writer, ...lines: readonly string[]): void {
  for (const line of lines) stderr.write(`${NAME}${printable(line).trim()}\n`);
}

/** Mistakes in the config begin with `file:line:column:` (contract section 2), where editors look for it. */
export function listMistakes(stderr: Writer, ...lines: readonly string[]): void {
  for (const line of lines) stderr.write(`${printable(line).trim()}\n`);
}

/** Something that stops nothing. */
export function warn(stderr: Writer, ...lines: readonly string[]): void {
  complain(stderr, ...lines.map((line) => `warning: ${line}`));
}
