import { readdir, readFile } from 'node:fs/promises';

const SRC = new URL('../../src/', import.meta.url);

/** One call by which the program writes to its log what an operator should look at. */
export interface LoggedSentence {
  readonly level: 'warn' | 'error';
  /** Below src/. */
  readonly file: string;
  /** What changes in it is `…`; null where it is not written down at the call. */
  readonly sentence: string | null;
}

/** Every source file of the program but the scripts of the page, by its path below src/. */
export async function sources(): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(SRC, { recursive: true })).filter(
    (name) => name.endsWith('.ts') && !name.startsWith('page/browser/'),
  );
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, SRC), 'utf8')));
  return new Map(names.map((name, index) => [name, texts[index] ?? '']));
}

/** The calls of a logger's `warn`, `error` and `fatal`, of `fault`, and what channels log as a warning. */
export function loggedSentences(files: ReadonlyMap<string, string>): readonly LoggedSentence[] {
  return [...files].flatMap(([file, text]) =>
    [...text.matchAll(/\b[lL]ogger\??\.(warn|error|fatal)\(|\bfault\(|\bcontext\.log\('warn',/g)].map(
      (call): LoggedSentence => {
        const level = call[1] === 'warn' || call[0].startsWith('context') ? 'warn' : 'error';
        return { level, file, sentence: lastTextIn(argumentsAt(text, call.index + call[0].length)) };
      },
    ),
  );
}

/** What stands between the bracket that was just opened and its end. */
function argumentsAt(text: string, start: number): string {
  let depth = 1;
  let end = start;
  for (; depth > 0 && end < text.length; end += 1) {
    if (text[end] === '(') depth += 1;
    if (text[end] === ')') depth -= 1;
  }
  return text.slice(start, end - 1);
}

/** The sentence is the last text with a blank in it; the others are words. */
function lastTextIn(code: string): string | null {
  const texts = [...code.matchAll(/'((?:[^'\\\n]|\\.)*)'|"([^"\n]*)"|`([^`]*)`/g)].map(
    ([, single, double, template]) => single ?? double ?? template ?? '',
  );
  const sentence = texts.findLast((text) => text.includes(' '));
  return sentence?.replaceAll(/\$\{[^}]*\}/g, '…') ?? null;
}
