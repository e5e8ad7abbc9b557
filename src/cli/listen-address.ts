import { type Listen, parseListen } from '../config/listen.ts';
import { UsageError } from './usage-error.ts';

/**
 * Where HTTP is served instead of `http.listen`: by `--listen`, else by MIMECAST_MONITOR_LISTEN; null where neither is
 * given. The image sets the variable, so that whoever changes it moves the server and its health check together.
 *
 * @throws UsageError
 */
export function givenListen(
  flag: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Listen | null {
  if (flag !== undefined) return read('--listen', flag);
  const variable = env['MIMECAST_MONITOR_LISTEN'] ?? '';
  return variable === '' ? null : read('MIMECAST_MONITOR_LISTEN', variable);
}

/** As a URL has it, for a client on the same machine: "every address" is none to connect to. */
export function reachable({ host, port }: Listen): string {
  if (host === '0.0.0.0') return `127.0.0.1:${port}`;
  if (host === '::') return `[::1]:${port}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function read(name: string, text: string): Listen {
  const listen = parseListen(text);
  if (!listen) throw new UsageError(`${name} ${text}: write HOST:PORT, e.g. 127.0.0.1:9464 or [::1]:9464`);
  return listen;
}
