import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type Reading, readConfig } from '../config/load.ts';
import { mappingOf, valueAt } from '../config/plain-value.ts';
import { cleanSecret, decodeSecret, LONGEST_BYTES } from '../config/secrets/clean.ts';
import type { Connection } from '../domain/connection.ts';
import { REGIONS } from '../domain/gateway.ts';
import type { Secret } from '../domain/secret.ts';
import type { Preview } from '../edit/edit-config.ts';
import { wholeConfig } from '../edit/whole-config.ts';
import { type AddFlags, entryOf, type GivenKeys, keysOf } from './add-entry.ts';
import { askClientId, askGateway, askId, askSecret, askTenant } from './add-questions.ts';
import { collectLabel, collectText } from './collect.ts';
import { complain } from './complain.ts';
import type { CliContext } from './context.ts';
import { editing, withEditOptions } from './edit-command.ts';
import type { EditEdge } from './edit-edge.ts';
import { type EditFlags, runEdit } from './edit-run.ts';
import { UsageError } from './usage-error.ts';

const EXAMPLES = `
A secret is never given as a value of an option, where other users of the machine could see it: it is asked for, read
with --secret-stdin, or referred to. What is asked for or read goes into a file of secretsDir that only its owner may read.

Examples:
  mimecast-monitor add
  mimecast-monitor add acme-siem --tenant "Acme Corp" --region us --client-id abc123 --secret-stdin < secret.txt
  mimecast-monitor add globex --region uk --client-id-env GLOBEX_ID --secret-env GLOBEX_SECRET --label tier=gold
  mimecast-monitor add initech --client-id abc --secret-exec "vault kv get -field=client_secret secret/initech"`;

/** `add`: registers a connection in the config file, after its keys were tried. */
export function registerAdd(program: Command, context: CliContext): void {
  const command = program
    .command('add')
    .description('Register a connection in the config file, after its keys were tried')
    .argument('[id]', 'its id; asked for on a terminal, as all that is missing')
    .option('--tenant <name>', 'the customer (default: the id)')
    .option('--region <region>', 'global, uk or us')
    .option('--base-url <url>', 'the gateway as a URL, instead of --region')
    .option('--client-id <value>', 'the client id')
    .option('--client-id-env <name>', 'an environment variable of the monitor that holds the client id')
    .option('--client-id-file <path>', 'a file that holds the client id')
    .option('--secret-stdin', 'read the secret from standard input')
    .option('--secret-env <name>', 'an environment variable of the monitor that holds the secret')
    .option('--secret-file <path>', 'a file that holds the secret')
    .option('--secret-exec <command>', 'a command that prints the secret, split at spaces; or a JSON list')
    .option('--interval <duration>', 'time between checks, such as 1m')
    .option('--expires <date>', 'when the secret expires, such as 2027-03-01')
    .option('--issued <date>', 'when the secret was issued; with --max-age')
    .option('--max-age <duration>', 'how old the secret may become, such as 90d')
    .option('--label <name=value>', 'a label; may be given several times', collectLabel)
    .option('--channel <name>', 'a channel instead of the routes; may be given several times', collectText)
    .option('--disabled', 'register it without checking it; its keys are not tried')
    .option('--file <path>', 'the included file that gets it (default: the config file)')
    .option('--no-check', 'do not try the keys first, for example before they are active');
  withEditOptions(command)
    .addHelpText('after', EXAMPLES)
    .action((id: string | undefined, flags: AddFlags & EditFlags) =>
      editing(context, (edge) => add(id, flags, context, edge)),
    );
}

/** Runs the command and gives its exit code. */
export async function add(
  id: string | undefined,
  flags: AddFlags & EditFlags,
  context: CliContext,
  edge: EditEdge,
): Promise<number> {
  const path = flags.config ?? context.defaultConfigPath();
  const reading = await readConfig(path, { channelTypes: context.channelTypes });
  // Nobody should answer questions in vain.
  wholeConfig(reading);
  const { id: name, secret, ...given } = await complete(id, flags, { path, reading, context, edge });
  const entry = entryOf(name, given.flags, given.keys);
  const addition = {
    entry,
    ...(secret && { secret }),
    ...(flags.file !== undefined && { file: flags.file }),
  };
  return runEdit(
    {
      path,
      change: { add: [addition] },
      flags,
      tried: ({ after }) => (flags.disabled === true ? [] : triedOf(after.connections, name, secret)),
      confirmed: true,
      done: doneText(name, secret, reading),
      nothing: `${name} is there already`,
    },
    context,
    edge,
  );
}

function doneText(id: string, secret: Secret | null, { config }: Reading): string {
  return secret === null || config === null
    ? `${id} is registered.`
    : `${id} is registered; its secret is in ${resolve(config.secretsDir, id)}.`;
}

/** The secret is not where the entry says yet. */
function triedOf(
  connections: Preview['after']['connections'],
  id: string,
  secret: Secret | null,
): readonly Connection[] {
  return connections
    .filter((connection) => connection.id === id)
    .map((one) => (secret === null ? one : { ...one, clientSecret: { kind: 'literal', value: secret } }));
}

interface Complete {
  readonly id: string;
  readonly flags: AddFlags;
  readonly keys: GivenKeys;
  readonly secret: Secret | null;
}

interface Situation {
  readonly path: string;
  readonly reading: Reading;
  readonly context: CliContext;
  readonly edge: EditEdge;
}

/** What the command line leaves open is asked for, or told all at once where nobody can be asked. */
async function complete(id: string | undefined, flags: AddFlags, situation: Situation): Promise<Complete> {
  const { path, reading, context, edge } = situation;
  const keys = keysOf(flags, resolve(flags.file ?? path), process.cwd());
  const presets = mappingOf(valueAt(reading.main.value, ['defaults']));
  const missing = {
    id: id === undefined,
    gateway: flags.region === undefined && flags.baseUrl === undefined && gatewayOf(presets) === null,
    clientId: keys.clientId === null && presets['clientId'] === undefined,
    secret: keys.clientSecret === null && presets['clientSecret'] === undefined && flags.secretStdin !== true,
  };
  const { terminal } = edge;
  if (terminal === null) {
    refuseMissing(missing);
    const secret = flags.secretStdin === true ? await readSecret(edge.stdin, context) : null;
    return { id: id ?? '', flags, keys, secret };
  }
  const say = (line: string) => complain(context.stderr, line);
  const known = new Set((reading.config?.connections ?? []).map((connection) => connection.id));
  const name = id ?? (await askId(terminal, known, say));
  const tenant = flags.tenant ?? (await askTenant(terminal, name));
  const hasGateway = flags.region !== undefined || flags.baseUrl !== undefined;
  const gateway = hasGateway ? {} : await askGateway(terminal, gatewayOf(presets), say);
  const clientId = missing.clientId ? await askClientId(terminal, say) : keys.clientId;
  // Standard input is the terminal, which must not show it either way.
  const secret = missing.secret || flags.secretStdin === true ? await askSecret(terminal, say) : null;
  return { id: name, flags: { ...flags, ...gateway, tenant }, keys: { ...keys, clientId }, secret };
}

function gatewayOf(presets: Readonly<Record<string, unknown>>): string | null {
  const preset = presets['region'] ?? presets['baseUrl'];
  return typeof preset === 'string' ? preset : null;
}

function refuseMissing(missing: Readonly<Record<'id' | 'gateway' | 'clientId' | 'secret', boolean>>): void {
  const lacking = [
    ...(missing.id ? ['an id'] : []),
    ...(missing.gateway ? [`--region (${Object.keys(REGIONS).join(', ')}) or --base-url`] : []),
    ...(missing.clientId ? ['--client-id, --client-id-env or --client-id-file'] : []),
    ...(missing.secret ? ['--secret-stdin, --secret-env, --secret-file or --secret-exec'] : []),
  ];
  if (lacking.length > 0) throw new UsageError(`nobody can be asked here: give ${lacking.join('; ')}`);
}

/** All of the input, as it stands in files of one secret. */
async function readSecret(stdin: EditEdge['stdin'], { stderr }: CliContext): Promise<Secret> {
  if (stdin.isTTY === true)
    throw new UsageError(
      'a secret typed here would show while stderr goes elsewhere; leave stderr at the terminal, or read a file (< secret.txt)',
    );
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    const part = Buffer.from(chunk as Uint8Array);
    bytes += part.length;
    if (bytes > LONGEST_BYTES)
      throw new UsageError('standard input is longer than 64 KiB; is it the right one?');
    chunks.push(part);
  }
  const { secret, notes } = cleanSecret(
    decodeSecret(Buffer.concat(chunks), 'standard input'),
    'standard input',
  );
  // That a last line break was trimmed is as it should be.
  for (const note of notes) if (!note.includes('newline')) complain(stderr, note);
  return secret;
}
