import { readFile } from 'node:fs/promises';
import { loadConfig } from '../config/load.ts';
import { createLookUp } from '../config/secrets/resolve.ts';
import { Secret } from '../domain/secret.ts';
import type { CliContext } from './context.ts';
import { givenListen, reachable } from './listen-address.ts';
import { UsageError } from './usage-error.ts';

/** The flags of every command that talks to a running monitor. */
export interface MonitorFlags {
  readonly config?: string;
  readonly url?: string;
  readonly token?: string;
}

/** Where a running monitor is reached, and how. */
export interface MonitorAddress {
  /** Ends with a slash. */
  readonly url: string;
  readonly token: Secret | null;
  /** A certificate in PEM that is trusted besides the public ones: the monitor's own, as the config names it. */
  readonly certificate: string | null;
}

/**
 * The address the flags name; what they leave open comes from the environment and the config's `http` section. With `--url` alone no
 * config is read, so that one machine can ask about another, and no config's token goes to an address it is not for.
 *
 * @throws UsageError, ConfigError, SecretError
 */
export async function locateMonitor(flags: MonitorFlags, context: CliContext): Promise<MonitorAddress> {
  const given = flags.token === undefined ? null : new Secret(flags.token);
  const url = flags.url === undefined ? null : urlFrom(flags.url);
  if (url !== null && flags.config === undefined) return { url, token: given, certificate: null };

  const { channelTypes, env } = context;
  const { http } = await loadConfig(flags.config ?? context.defaultConfigPath(), { channelTypes });
  const certificate = http.tls === null ? null : await readCertificate(http.tls.certPath);
  const token = given ?? (http.token && (await createLookUp(env)(http.token)).secret);
  const scheme = http.tls === null ? 'http' : 'https';
  const own = `${scheme}://${reachable(givenListen(undefined, env) ?? http)}/`;
  return { url: url ?? own, token, certificate };
}

function urlFrom(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError('--url must be the address of a monitor, such as http://127.0.0.1:9464');
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('--url must not hold a user name or password; give the token with --token');
  }
  return `${url.origin}${url.pathname.replace(/\/*$/, '/')}`;
}

async function readCertificate(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code =
      typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
    throw new UsageError(
      `http.tls.cert: ${path} can't be read (${code}); name the monitor with --url instead`,
    );
  }
}
