import { connectionSchema } from '../config/schema-connection.ts';
import { cleanSecret } from '../config/secrets/clean.ts';
import { SecretError } from '../config/secrets/secret-error.ts';
import { REGIONS } from '../domain/gateway.ts';
import type { Secret } from '../domain/secret.ts';
import type { Terminal } from './terminal.ts';

type Say = (line: string) => void;

/** A line that fits; whoever answers otherwise is told why and asked again. */
async function askUntil<Answer>(
  ask: () => Promise<string>,
  read: (line: string) => Answer,
  say: Say,
): Promise<Answer> {
  for (;;) {
    const line = await ask();
    try {
      return read(line);
    } catch (error) {
      if (!(error instanceof SecretError || error instanceof Unfit)) throw error;
      say(error.message);
    }
  }
}

/** An answer that can't be taken. */
class Unfit extends Error {
  override readonly name = 'Unfit';
}

export function askId(terminal: Terminal, known: ReadonlySet<string>, say: Say): Promise<string> {
  const ask = () => terminal.ask('Id of the connection (such as acme-siem): ');
  return askUntil(
    ask,
    (line) => {
      const result = connectionSchema.shape.id.safeParse(line);
      if (!result.success) throw new Unfit(`An id ${result.error.issues[0]?.message}`);
      if (known.has(line)) throw new Unfit(`${line} is registered already.`);
      return line;
    },
    say,
  );
}

export async function askTenant(terminal: Terminal, id: string): Promise<string> {
  const line = await terminal.ask(`Tenant, the customer's name [${id}]: `);
  return line === '' ? id : line;
}

/** A region or a URL; undefined is what `defaults` say, where they say something. */
export function askGateway(
  terminal: Terminal,
  preset: string | null,
  say: Say,
): Promise<{ readonly region?: string; readonly baseUrl?: string }> {
  const ask = () =>
    terminal.ask(`Region: global, uk, us, or a base URL${preset === null ? '' : ` [${preset}]`}: `);
  return askUntil(
    ask,
    (line) => {
      if (line === '' && preset !== null) return {};
      if (Object.hasOwn(REGIONS, line)) return { region: line };
      if (/^https?:/.test(line)) return { baseUrl: line };
      throw new Unfit('It must be global, uk, us, or a URL such as https://us-api.services.mimecast.com.');
    },
    say,
  );
}

export function askClientId(terminal: Terminal, say: Say): Promise<string> {
  return askUntil(
    () => terminal.ask('Client id: '),
    (line) => {
      if (line === '')
        throw new Unfit('The Mimecast console shows it with the secret, under Manage API 2.0 Credentials.');
      return line;
    },
    say,
  );
}

export function askSecret(terminal: Terminal, say: Say): Promise<Secret> {
  const ask = () => terminal.askHidden('Client secret (not shown): ');
  return askUntil(ask, (line) => cleanSecret(line.trim(), 'the secret').secret, say);
}
