import { readdirSync, readFileSync } from 'node:fs';

/**
 * Stands wherever a corpus has a secret, and must be in nothing that anybody is told. Like a real one it has digits all over,
 * also in a part that a change has left of it.
 */
export const SECRET = 'Zt9qM4rk3rOfA53cr3t4vX';

const CORPUS = new URL('corpus/', import.meta.url);

export interface Sample {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The files of one folder of the corpus, with the secret in its places. */
export function corpus(folder: string): readonly Sample[] {
  return readdirSync(new URL(folder, CORPUS))
    .sort()
    .map((name) => ({ name, bytes: planted(readFileSync(new URL(`${folder}/${name}`, CORPUS))) }));
}

function planted(bytes: Buffer): Uint8Array {
  const text = bytes.toString('latin1');
  const basic = Buffer.from(`anybody:${SECRET}`).toString('base64');
  return Buffer.from(text.replaceAll('@@SECRET@@', SECRET).replaceAll('@@BASIC@@', basic), 'latin1');
}

/** Throws for a text that holds the secret, or so much of it that the rest can be guessed. */
export function assertNoSecret(text: string, where: string): void {
  for (let start = 0; start + 12 <= SECRET.length; start += 1) {
    const part = SECRET.slice(start, start + 12);
    if (text.includes(part)) throw new Error(`a secret is told ${where}: ${text.slice(0, 500)}`);
  }
}
