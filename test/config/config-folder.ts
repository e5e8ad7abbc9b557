import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Config } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/config-error.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { ChannelTypes } from '../../src/domain/channel.ts';

/** A table of channel types of the tests' own: what is tested is that any table is obeyed. */
export const TEST_CHANNELS: ChannelTypes = {
  log: {},
  webhook: {
    url: {
      kind: 'reference',
      required: true,
      description: 'Where to post.',
      examples: [{ env: 'U' }],
      address: 'https',
    },
    signingSecret: {
      kind: 'reference',
      required: false,
      description: 'Signs the posts.',
      examples: [{ env: 'S' }],
    },
    method: { kind: 'string', required: false, description: 'A word.', examples: ['word'] },
    recipients: { kind: 'strings', required: false, description: 'Words.', examples: [['one', 'two']] },
    retries: { kind: 'integer', required: false, description: 'A number.', examples: [3] },
    verbose: { kind: 'boolean', required: false, description: 'A switch.', examples: [true] },
    timeout: { kind: 'duration', required: false, description: 'A time.', examples: ['30s'] },
  },
};

/** A folder of config files that only lives for one test. */
export interface ConfigFolder {
  readonly path: string;
  /** Writes a file that only its owner may read, unless told otherwise, and returns its path. */
  write(name: string, content: string | Uint8Array, mode?: number): Promise<string>;
  load(name?: string): Promise<Config>;
  /** The lines of a load that must fail. */
  mistakes(name?: string): Promise<readonly string[]>;
  remove(): Promise<void>;
}

export async function makeConfigFolder(): Promise<ConfigFolder> {
  const path = await mkdtemp(join(tmpdir(), 'mcm-config-'));
  const load = (name = 'tenants.yaml') => loadConfig(name, { channelTypes: TEST_CHANNELS, cwd: path });
  return {
    path,
    write: async (name, content, mode = 0o600) => {
      const file = join(path, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
      await chmod(file, mode);
      return file;
    },
    load,
    mistakes: async (name) => {
      const error: unknown = await load(name).then(
        () => null,
        (reason: unknown) => reason,
      );
      if (!(error instanceof ConfigError))
        throw error ?? new Error('The config was loaded; it should have failed.');
      return error.issues;
    },
    remove: () => rm(path, { recursive: true, force: true }),
  };
}

/** The smallest whole config with one connection, to which a test adds what it is about. */
export const ACME = `version: 1
connections:
  - id: acme-siem
    region: us
    clientId: abc123
    clientSecret: { env: ACME_SECRET }
`;
