import type { Writable } from 'node:stream';
import type { ReadStream } from 'node:tty';

/** Asks a person. Every method throws `Interrupted` at Ctrl-C and at the end of the input. */
export interface Terminal {
  /** The line that is typed, without white space around it. */
  ask(question: string): Promise<string>;
  /** As `ask`, but what is typed is not shown. */
  askHidden(question: string): Promise<string>;
  /** Only a yes is a yes. */
  confirm(question: string): Promise<boolean>;
}

/** The person at the terminal wants no more questions. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly code = 'interrupted';
}

/**
 * Questions go to `output`, so that what is printed on stdout can be piped elsewhere meanwhile. `onInterrupt` hands over
 * the signal that Ctrl-C is where keys are shown, until what it gives back is called.
 */
export function createTerminal(
  input: ReadStream,
  output: Writable,
  onInterrupt: (callback: () => void) => () => void,
): Terminal {
  /** What was typed or pasted beyond the line that was asked for. */
  let ahead = '';

  async function readLine(signal: AbortSignal): Promise<string> {
    const decoder = new TextDecoder();
    for (;;) {
      const end = /\r\n|\r|\n/.exec(ahead);
      if (end !== null) {
        const line = ahead.slice(0, end.index);
        ahead = ahead.slice(end.index + end[0].length);
        return line;
      }
      ahead += decoder.decode(await nextChunk(input, signal), { stream: true });
    }
  }

  async function ask(question: string): Promise<string> {
    const interruption = new AbortController();
    // Before the question: who sees it may interrupt.
    const stopListening = onInterrupt(() => interruption.abort());
    try {
      output.write(question);
      return (await readLine(interruption.signal)).trim();
    } finally {
      stopListening();
      if (interruption.signal.aborted) output.write('\n');
    }
  }

  return {
    ask,
    askHidden: async (question) => {
      // Before the question: what is typed as soon as it is seen must not show.
      input.setRawMode(true);
      try {
        output.write(question);
        return await readHidden(
          () => nextChunk(input),
          ahead,
          (rest) => {
            ahead = rest;
          },
        );
      } finally {
        input.setRawMode(false);
        output.write('\n');
      }
    },
    confirm: async (question) => /^y(?:es)?$/i.test(await ask(`${question} [y/N] `)),
  };
}

/** Only while somebody is asked is the input read at all, so that it keeps no process from ending. */
function nextChunk(input: ReadStream, signal?: AbortSignal): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      signal?.removeEventListener('abort', onAbort);
      input.off('data', onData).off('end', onEnd).off('error', onEnd).pause();
      act();
    };
    const onData = (chunk: Uint8Array) => settle(() => resolve(chunk));
    const onEnd = () => settle(() => reject(new Interrupted('the input has ended')));
    const onAbort = () => settle(() => reject(new Interrupted('interrupted')));
    signal?.addEventListener('abort', onAbort);
    input.on('data', onData).on('end', onEnd).on('error', onEnd).resume();
  });
}

const ENTER = /[\r\n]/;
/** Arrows and the like, which have no meaning here. */
const ESCAPE_SEQUENCE = new RegExp(`${'\u001b'}(?:\\[[0-9;?]*[ -/]*[@-~]|O.|.)?`, 'g');

/** In raw mode the terminal hands over every key; those that edit a line are obeyed here. */
async function readHidden(
  next: () => Promise<Uint8Array>,
  ahead: string,
  keepAhead: (rest: string) => void,
): Promise<string> {
  const decoder = new TextDecoder();
  let typed: readonly string[] = [];
  for (let keys = ahead; ; keys = decoder.decode(await next(), { stream: true })) {
    const plain = keys.replaceAll(ESCAPE_SEQUENCE, '');
    for (const [index, key] of Array.from(plain).entries()) {
      if (ENTER.test(key)) {
        keepAhead(
          Array.from(plain)
            .slice(index + 1)
            .join('')
            .replace(/^\n/, ''),
        );
        return typed.join('');
      }
      if (key === '\u0003' || (key === '\u0004' && typed.length === 0)) throw new Interrupted('interrupted');
      if (key === '\u007f' || key === '\b') typed = typed.slice(0, -1);
      else if (key === '\u0015') typed = [];
      else if (!/\p{Cc}/u.test(key)) typed = [...typed, key];
    }
  }
}
