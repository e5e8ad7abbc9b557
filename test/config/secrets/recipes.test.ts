import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../../src/config/load.ts';
import { createLookUp } from '../../../src/config/secrets/resolve.ts';
import { createSecretResolver } from '../../../src/config/secrets/resolver.ts';
import type { Connection } from '../../../src/domain/connection.ts';
import { probe } from '../../../src/jobs/probe.ts';

const DOCS = new URL('../../../docs/secrets.md', import.meta.url);

/** What the real program accepts, argument by argument, what it needs of the environment, and how it prints a value. */
interface StandIn {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** In the words of printf. */
  readonly prints: string;
}

const STAND_INS: Readonly<Record<string, StandIn>> = {
  'HashiCorp Vault': {
    program: 'vault',
    args: ['kv', 'get', '-mount=secret', '-field=client_secret', 'mimecast/acme-siem'],
    env: { VAULT_ADDR: 'https://vault.example:8200' },
    prints: '%s',
  },
  'AWS Secrets Manager': {
    program: 'aws',
    args: [
      ...['secretsmanager', 'get-secret-value', '--secret-id', 'mimecast/acme-siem'],
      ...['--query', 'SecretString', '--output', 'text'],
    ],
    env: { AWS_DEFAULT_REGION: 'eu-west-1' },
    prints: '%s\\n',
  },
  'Azure Key Vault': {
    program: 'az',
    args: [
      ...['keyvault', 'secret', 'show', '--vault-name', 'mimecast-keys', '--name', 'mimecast-acme-siem'],
      ...['--query', 'value', '--output', 'tsv'],
    ],
    prints: '%s\\n',
  },
  'Google Secret Manager': {
    program: 'gcloud',
    args: [
      ...['secrets', 'versions', 'access', 'latest'],
      ...['--secret=mimecast-acme-siem', '--project=soc-production'],
    ],
    prints: '%s',
  },
  '1Password': {
    program: 'op',
    args: ['read', '--no-newline', 'op://Mimecast/acme-siem/client secret'],
    env: { OP_SERVICE_ACCOUNT_TOKEN: 'ops_t0ken' },
    prints: '%s',
  },
  SOPS: {
    program: 'sops',
    args: ['decrypt', '--extract', '["acme-siem"]["client_secret"]', '/etc/mimecast-monitor/keys.sops.yaml'],
    env: { SOPS_AGE_KEY_FILE: '/etc/mimecast-monitor/age.txt' },
    prints: '%s',
  },
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcm-recipes-'));
  await mkdir(join(folder, 'bin'));
  await writeFile(join(folder, 'op_token'), 'ops_t0ken\n');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Every recipe of the page: the block below a heading that names a vault. */
async function recipes(): Promise<ReadonlyMap<string, string>> {
  const page = await readFile(DOCS, 'utf8');
  const sections = page.split(/^### /m).slice(1);
  return new Map(
    sections.map((section) => [
      section.slice(0, section.indexOf('\n')),
      /```yaml\n([\s\S]*?)```/.exec(section)?.[1] ?? '',
    ]),
  );
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A program that fails as the real one would unless it is called exactly like that. */
async function install({ program, args, env = {}, prints }: StandIn, broken = false): Promise<void> {
  const checks = [
    `[ "$#" = ${args.length} ]`,
    ...args.map((arg, index) => `[ "\${${index + 1}}" = ${quote(arg)} ]`),
    ...Object.entries(env).map(([name, value]) => `[ "$${name}" = ${quote(value)} ]`),
  ];
  const script = [
    '#!/bin/sh',
    ...checks.map((check) => `${check} || { echo 'usage: wrong' >&2; exit 2; }`),
    ...(broken ? ["echo 'hunter2: permission denied' >&2; exit 1"] : [`printf '${prints}' hunter2`]),
  ];
  await writeFile(join(folder, 'bin', program), `${script.join('\n')}\n`);
  await chmod(join(folder, 'bin', program), 0o755);
}

/** The recipe in the config of a fleet that has nothing but ids. */
async function connectionWith(recipe: string): Promise<Connection> {
  const indented = recipe.trimEnd().replaceAll(/^/gm, '  ');
  const text = `version: 1\ndefaults:\n  region: us\n  clientId: {env: ID}\n${indented}\nconnections:\n  - id: acme-siem\n`;
  // The one path that a test cannot have.
  await writeFile(
    join(folder, 'tenants.yaml'),
    text.replace('/run/secrets/op_token', join(folder, 'op_token')),
  );
  const { connections } = await loadConfig(join(folder, 'tenants.yaml'), { channelTypes: { log: {} } });
  const [connection] = connections;
  if (!connection) throw new Error('the config has no connection');
  return connection;
}

function lookUp() {
  return createLookUp({
    PATH: `${join(folder, 'bin')}:/usr/bin:/bin`,
    HOME: folder,
    ID: 'acme-id',
    AWS_DEFAULT_REGION: 'no',
  });
}

describe('the recipes of docs/secrets.md', () => {
  it('are those that are tried here', async () => {
    expect([...(await recipes()).keys()]).toEqual(Object.keys(STAND_INS));
  });

  it.each(Object.entries(STAND_INS))('%s gives the bare value', async (name, standIn) => {
    await install(standIn);
    const { clientSecret } = await connectionWith((await recipes()).get(name) ?? '');
    expect((await lookUp()(clientSecret)).secret.reveal()).toBe('hunter2');
  });

  it.each(Object.entries(STAND_INS))('%s puts no token into the arguments', async (name, { env }) => {
    const { clientSecret } = await connectionWith((await recipes()).get(name) ?? '');
    for (const value of Object.values(env ?? {}).filter((text) => text.includes('t0ken')))
      expect(JSON.stringify(clientSecret)).not.toContain(value);
  });

  it.each(Object.entries(STAND_INS))(
    '%s that fails makes a check secret_unavailable',
    async (name, standIn) => {
      await install(standIn, true);
      const connection = await connectionWith((await recipes()).get(name) ?? '');
      const resolver = createSecretResolver({ now: Date.now, lookUp: lookUp() });
      const { result } = await probe(
        connection,
        { rejected: [], forbidden: [], expired: [] },
        {
          now: Date.now,
          find: (reference, fresh) => resolver.find(reference, { fresh }),
          exchange: () => Promise.reject(new Error('nothing may be sent')),
          fingerprint: () => '',
        },
      );
      expect(result).toMatchObject({ verdict: 'secret_unavailable', code: 'exec_failed' });
      expect(result.message).toMatch(/^exec \S+ failed with exit code 1; run it by hand to see why$/);
    },
  );
});
