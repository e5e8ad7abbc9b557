import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { errorCode, HttpError } from './http-error.ts';

/** What the build makes of src/; the same folder whether this file itself runs from src/ or from dist/. */
const BUILD = new URL('../../dist/', import.meta.url);

const ENTRY = 'page/browser/main.js';
const OTHERS = ['page/page.css', 'page/favicon.svg', 'page/theme-early.js'];

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface Asset {
  readonly type: string;
  readonly body: string;
}

/** The files of the status page, all of one build. */
export interface PageAssets {
  /** Changes with any of the files: it is a part of their addresses, so that no browser mixes two builds. */
  readonly version: string;
  /** By path below the version, e.g. `page/browser/main.js`. */
  readonly files: ReadonlyMap<string, Asset>;
  /** The modules that the page needs, the first of which imports all others. */
  readonly modules: readonly string[];
}

/** Reads them once: an update under a running process must not mix builds either. Throws HttpError `page_missing`. */
export function readAssets(): PageAssets {
  const files = new Map<string, Asset>();
  const modules: string[] = [];
  const waiting = [ENTRY];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (modules.includes(path)) continue;
    modules.push(path);
    const body = read(path).replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n');
    files.set(path, { type: typeOf(path), body });
    waiting.push(...importsOf(path, body));
  }
  for (const path of OTHERS) files.set(path, { type: typeOf(path), body: read(path) });
  const hash = createHash('sha256');
  for (const [path, { body }] of [...files].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${path}\n${body}\n`);
  return { version: hash.digest('hex').slice(0, 16), files, modules };
}

/** The compiler writes each import as `from './name.js'`. */
function importsOf(path: string, text: string): string[] {
  const found = text.matchAll(/^(?:import|export)\b[^'"]*?['"](\.[^'"]+)['"];?$/gm);
  return [...found].map(([, name = '']) => posix.join(posix.dirname(path), name));
}

function typeOf(path: string): string {
  return TYPES[posix.extname(path)] ?? 'application/octet-stream';
}

function read(path: string): string {
  try {
    return readFileSync(new URL(path, BUILD), 'utf8');
  } catch (error) {
    throw new HttpError(
      'page_missing',
      `dist/${path}, a part of the status page, can't be read (${errorCode(error)}): type \`npm run build\``,
    );
  }
}
