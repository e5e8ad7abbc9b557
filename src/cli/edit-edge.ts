import type { Readable } from 'node:stream';
import { PROCESS_EDGE } from './check.ts';
import type { CheckEdge } from './check-run.ts';
import { createTerminal, type Terminal } from './terminal.ts';

/** What the commands that edit the config take from the process; tests hand in their own. */
export interface EditEdge extends CheckEdge {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Null where nobody can be asked. */
  readonly terminal: Terminal | null;
}

export function processEdge(): EditEdge {
  const { stdin, stderr } = process;
  const terminal =
    stdin.isTTY && stderr.isTTY ? createTerminal(stdin, stderr, PROCESS_EDGE.onInterrupt) : null;
  return { ...PROCESS_EDGE, stdin, terminal };
}
