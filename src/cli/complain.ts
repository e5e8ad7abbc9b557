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

/**
 * Says what is wrong with a config. What has a place in a file begins with it, `file:line:column:` (contract section 2),
 * since that is where editors look for it.
 */
export function listMistakes(stderr: Writer, ...mistakes: readonly string[]): void {
  for (const mistake of mistakes) {
    if (/^[^\n]*?:\d+:\d+: /.test(mistake)) stderr.write(`${printable(mistake).trim()}\n`);
    else complain(stderr, mistake);
  }
}

/** Something that stops nothing. */
export function warn(stderr: Writer, ...lines: readonly string[]): void {
  complain(stderr, ...lines.map((line) => `warning: ${line}`));
}
