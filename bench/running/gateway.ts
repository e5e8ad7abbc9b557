import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Endings, HEAP_FLAGS, startChild } from './children.ts';

const PROGRAM = fileURLToPath(new URL('../token-server.ts', import.meta.url));

export interface Seen {
  readonly answered: number;
  /** Requests that were left without an answer. */
  readonly left: number;
  /** When the first request came, epoch milliseconds. */
  readonly firstAt: number | null;
}

/** A token server in a process of its own. */
export interface Gateway {
  readonly origin: string;
  seen(): Promise<Seen>;
  /** From now on no request is answered. */
  hang(): Promise<Seen>;
  answer(): Promise<Seen>;
}

export async function startGateway(endings: Endings): Promise<Gateway> {
  const args = [...HEAP_FLAGS, '--import', 'tsx', PROGRAM];
  const child = startChild(process.execPath, args, endings, { channel: true });
  if (child.process.stdout === null) throw new Error('The token server has no output');
  const [port] = (await once(createInterface({ input: child.process.stdout }), 'line')) as [string];
  return {
    origin: `http://127.0.0.1:${port}`,
    seen: () => child.ask<Seen>('count'),
    hang: () => child.ask<Seen>('hang'),
    answer: () => child.ask<Seen>('answer'),
  };
}
