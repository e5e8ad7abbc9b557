import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';

export interface ConfigFolder {
  readonly folder: string;
  readonly path: string;
  /** Replaces the config as a whole. */
  write(config: object): Promise<void>;
  /** A file beside it, readable by its owner only; returns its path. */
  writeFile(name: string, text: string): Promise<string>;
  remove(): Promise<void>;
}

/** A temporary folder with a config file in it. */
export async function makeConfigFolder(config: object): Promise<ConfigFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'mcm-test-'));
  const path = join(folder, 'tenants.yaml');
  const write = (next: object) => writeFile(path, stringify(next), { mode: 0o600 });
  await write(config);
  return {
    folder,
    path,
    write,
    async writeFile(name, text) {
      const file = join(folder, name);
      await writeFile(file, text, { mode: 0o600 });
      return file;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
