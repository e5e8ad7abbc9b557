import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import type { Entry, Value } from '../edit/entry.ts';
import { UsageError } from './usage-error.ts';

/** What `add` is told on the command line. */
export interface AddFlags {
  readonly tenant?: string;
  readonly region?: string;
  readonly baseUrl?: string;
  readonly clientId?: string;
  readonly clientIdEnv?: string;
  readonly clientIdFile?: string;
  readonly secretStdin?: boolean;
  readonly secretEnv?: string;
  readonly secretFile?: string;
  readonly secretExec?: string;
  readonly interval?: string;
  readonly expires?: string;
  readonly issued?: string;
  readonly maxAge?: string;
  readonly label?: Readonly<Record<string, string>>;
  readonly channel?: readonly string[];
  readonly disabled?: boolean;
  readonly file?: string;
}

/** Where the keys come from: written out, or a reference; null: nobody has said it. */
export interface GivenKeys {
  readonly clientId: Value | null;
  /** A reference. */
  readonly clientSecret: Value | null;
}

/** References to files are given as seen from here, and written as seen from the file that will hold them. */
export function keysOf(flags: AddFlags, holder: string, cwd: string): GivenKeys {
  const { clientId, clientIdEnv, clientIdFile, secretStdin, secretEnv, secretFile, secretExec } = flags;
  atMostOne({ '--client-id': clientId, '--client-id-env': clientIdEnv, '--client-id-file': clientIdFile });
  atMostOne({
    '--secret-stdin': secretStdin,
    '--secret-env': secretEnv,
    '--secret-file': secretFile,
    '--secret-exec': secretExec,
  });
  const fileOf = (path: string) => ({ file: pathFrom(holder, path, cwd) });
  return {
    clientId:
      clientId ?? (clientIdEnv && { env: clientIdEnv }) ?? (clientIdFile && fileOf(clientIdFile)) ?? null,
    clientSecret:
      (secretEnv && { env: secretEnv }) ??
      (secretFile && fileOf(secretFile)) ??
      (secretExec && { exec: commandOf(secretExec) }) ??
      null,
  };
}

function atMostOne(options: Readonly<Record<string, unknown>>): void {
  const given = Object.keys(options).filter((name) => options[name] !== undefined);
  if (given.length > 1) throw new UsageError(`give only one of ${given.join(' and ')}`);
}

/** Below the config's folder, so that the folder can move; otherwise absolute. A slash at the end has a meaning. */
function pathFrom(holder: string, path: string, cwd: string): string {
  const absolute = resolve(cwd, path);
  const below = relative(dirname(holder), absolute);
  const shown = below.startsWith('..') || isAbsolute(below) || isAbsolute(path) ? absolute : below;
  return shown.replaceAll(sep, '/') + (/[/\\]$/.test(path) ? '/' : '');
}

/** No shell reads it, and so no quotes mean anything: what needs them is written as a JSON list. */
function commandOf(text: string): readonly string[] {
  if (text.trimStart().startsWith('[')) {
    const list = jsonOf(text);
    if (Array.isArray(list) && list.length > 0 && list.every((one) => typeof one === 'string')) return list;
    throw new UsageError(
      '--secret-exec must be a command, or a JSON list of texts such as ["vault", "kv", "get"]',
    );
  }
  if (/["'\\$`|<>;&]/.test(text)) {
    throw new UsageError(
      '--secret-exec runs without a shell: write quotes and the like as a JSON list of texts',
    );
  }
  return text.trim().split(/\s+/);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The entry as it will stand in the file, in the order in which the example writes the keys. */
export function entryOf(id: string, flags: AddFlags, { clientId, clientSecret }: GivenKeys): Entry {
  const { tenant, region, baseUrl, interval, expires, issued, maxAge, label, channel, disabled } = flags;
  atMostOne({ '--region': region, '--base-url': baseUrl });
  const pairs: readonly (readonly [string, Value | null | undefined])[] = [
    ['tenant', tenant === id ? undefined : tenant],
    ['region', region],
    ['baseUrl', baseUrl],
    ['clientId', clientId],
    ['clientSecret', clientSecret],
    ['interval', interval],
    ['secretExpiresAt', expires],
    ['secretIssuedAt', issued],
    ['secretMaxAge', maxAge],
    ['labels', label],
    ['channels', channel],
    ['enabled', disabled === true ? false : undefined],
  ];
  const given = pairs.flatMap(([key, value]) =>
    value === undefined || value === null ? [] : [[key, value] as const],
  );
  return { id, ...Object.fromEntries(given) };
}
