import type { Writable } from 'node:stream';
import { isTerminal, lineWidth } from './table.ts';

export interface Progress {
  /** Replaces the line; quick successions are drawn as one, and only what is drawn is made. */
  show(line: () => string): void;
  /** Takes the line away, so that what follows starts on an empty one. */
  end(): void;
}

/** A line that is rewritten too often flickers. */
const BETWEEN_DRAWS_MS = 100;
const ERASE = '\r\u001b[K';
const SILENT: Progress = { show: () => {}, end: () => {} };

/** One line on a terminal that says how far a command is; nothing at all on a pipe. `elapsed` is in milliseconds. */
export function createProgress(stream: Writable, elapsed: () => number): Progress {
  if (!isTerminal(stream)) return SILENT;
  let latest = () => '';
  let drawnAt: number | null = null;
  let timer: NodeJS.Timeout | null = null;

  function draw(): void {
    timer = null;
    drawnAt = elapsed();
    // The last column stays free: some terminals start a new line when it is written.
    stream.write(ERASE + latest().slice(0, lineWidth(stream) - 1));
  }

  return {
    show: (line) => {
      latest = line;
      if (timer !== null) return;
      const since = drawnAt === null ? BETWEEN_DRAWS_MS : elapsed() - drawnAt;
      if (since >= BETWEEN_DRAWS_MS) draw();
      else timer = setTimeout(draw, BETWEEN_DRAWS_MS - since);
    },
    end: () => {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      if (drawnAt !== null) stream.write(ERASE);
      drawnAt = null;
    },
  };
}
