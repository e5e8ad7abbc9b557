import { isUtf8 } from 'node:buffer';
import type { Position } from './place.ts';

export interface Undecodable {
  readonly position: Position;
  readonly message: string;
}

/** A byte order mark of UTF-8 at the start is dropped. */
export function decode(bytes: Uint8Array): string | Undecodable {
  if (isUtf16(bytes)) {
    return { position: { line: 1, column: 1 }, message: 'is UTF-16 text; save it as UTF-8' };
  }
  if (!isUtf8(bytes)) {
    const message = 'is not UTF-8 text here, perhaps Latin-1; save it as UTF-8';
    return { position: firstOddCharacter(bytes), message };
  }
  const text = new TextDecoder().decode(bytes);
  const zero = text.indexOf('\0');
  if (zero < 0) return text;
  const message = 'holds a NUL character here; is it UTF-16, or no text at all? Save it as UTF-8 text';
  return { position: positionAt(text, zero), message };
}

function isUtf16([first, second]: Uint8Array): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}

/** Lines are looked at one by one, since a character that was put in for odd bytes may also stand there by itself. */
function firstOddCharacter(bytes: Uint8Array): Position {
  let line = 1;
  for (let start = 0; ; line += 1) {
    const end = bytes.indexOf(0x0a, start);
    const content = end < 0 ? bytes.subarray(start) : bytes.subarray(start, end);
    if (!isUtf8(content)) return { line, column: columnIn(content) };
    if (end < 0) return { line, column: 1 };
    start = end + 1;
  }
}

function columnIn(line: Uint8Array): number {
  const text = new TextDecoder().decode(line);
  return text.indexOf('\uFFFD') + 1;
}

function positionAt(text: string, index: number): Position {
  const before = text.slice(0, index).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
