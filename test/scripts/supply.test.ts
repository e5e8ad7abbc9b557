import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const repository = join(import.meta.dirname, '..', '..');
let project: string;
const servers: Server[] = [];

beforeEach(async () => {
  project = await mkdtemp('/tmp/mcm-test-');
  const files = [
    'scripts',
    'package.json',
    'package-lock.json',
    '.npmrc',
    'Dockerfile',
    'docker-compose.yml',
  ];
  for (const path of [...files, 'docs/licences.md']) {
    await cp(join(repository, path), join(project, path), { recursive: true });
  }
});
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await rm(project, { recursive: true });
});

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(script: string, env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const options = { cwd: project, env: { ...process.env, ...env }, maxBuffer: 2 ** 26 };
  try {
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [`scripts/${script}.mjs`],
      options,
    );
    return { code: 0, stdout, stderr };
  } catch (error) {
    return error as Outcome;
  }
}

async function change(path: string, from: string | RegExp, to: string): Promise<void> {
  const text = await readFile(join(project, path), 'utf8');
  const changed = text.replace(from, to);
  expect(changed).not.toBe(text);
  await writeFile(join(project, path), changed);
}

interface Entry {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly version: string;
}

async function lockedPackages(): Promise<Record<string, Entry>> {
  const lock = JSON.parse(await readFile(join(project, 'package-lock.json'), 'utf8'));
  return (lock as { packages: Record<string, Entry> }).packages;
}

describe('what others make', () => {
  it('is fit to be shipped', async () => {
    expect(await run('supply')).toMatchObject({ code: 0, stderr: '' });
    expect(await run('licences')).toMatchObject({ code: 0, stderr: '' });
  });

  it.each([
    [
      'package-lock.json',
      /("node_modules\/zod": \{)/,
      '$1 "hasInstallScript": true,',
      'zod 4.6.7 runs a script when it is installed, and is shipped',
    ],
    [
      'package-lock.json',
      /("node_modules\/zod": \{[^}]*"integrity": "sha)512-/,
      '$11-',
      'zod 4.6.7 has no sha512',
    ],
    ['package.json', '"zod": "', '"zod": "^', 'zod must be one exact version, not ^4.6.7'],
    ['.npmrc', 'ignore-scripts=true', '', '.npmrc: must say ignore-scripts=true'],
    [
      'Dockerfile',
      /^FROM node:\S+$/m,
      'FROM node:24-slim',
      'Dockerfile: node:24-slim must name the whole version',
    ],
    [
      'docker-compose.yml',
      /image: redis:\S+/,
      'image: redis',
      'docker-compose.yml: redis must name the whole version',
    ],
  ])('is not when %s has %s as %s', async (file, from, to, complaint) => {
    await change(file, from, to);
    const { code, stderr } = await run('supply');
    expect(code).toBe(1);
    expect(stderr).toContain(complaint);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('is listed with its licences as it is', async () => {
    await change('docs/licences.md', '| zod | 4', '| zod | 3');
    expect(await run('licences')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('docs/licences.md'),
    });
  });
});

describe('the bill of what is shipped', () => {
  it('names each package of the lock file that is, none that is not, and no place of this machine', async () => {
    const { stdout } = await run('sbom');
    const bill = JSON.parse(stdout) as {
      metadata: { component: { name: string } };
      components: { name: string; version: string; licenses: unknown[]; purl: string }[];
    };
    const shipped = Object.entries(await lockedPackages())
      .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional)
      .map(([path, { version }]) => `${path.slice(path.lastIndexOf('node_modules/') + 13)}@${version}`);
    const named = bill.components.map(({ name, version }) => `${name}@${version}`);
    expect(new Set(named)).toEqual(new Set(shipped));
    expect(named).toEqual(expect.arrayContaining([expect.stringMatching(/^commander@/)]));
    expect(bill.components.filter(({ licenses }) => licenses.length === 0)).toEqual([]);
    expect(bill.metadata.component.name).toBe('mimecast-credential-monitor');
    expect(stdout).not.toContain(project);
    expect(stdout).not.toContain(homedir());
  });
});

describe('asking for known vulnerabilities', () => {
  /** A registry that answers the one question that matters with this; null: it has no such endpoint. */
  async function registry(advisories: object | null): Promise<NodeJS.ProcessEnv> {
    const server = createServer((incoming, response) => {
      incoming.resume();
      const asked = incoming.url === '/-/npm/v1/security/advisories/bulk' && advisories !== null;
      response.writeHead(asked ? 200 : 405, { 'content-type': 'application/json' });
      response.end(asked ? JSON.stringify(advisories) : '');
    });
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return { npm_config_registry: `http://127.0.0.1:${port}/`, npm_config_fetch_retries: '0' };
  }

  const advisory = {
    id: 1,
    url: 'https://advisories.example/1',
    title: 'Something bad',
    severity: 'high',
    vulnerable_versions: '*',
    cwe: [],
    cvss: { score: 0, vectorString: null },
  };

  it('says that there are none', async () => {
    const { code, stdout } = await run('audit', await registry({}));
    expect([code, stdout]).toEqual([0, '0 packages with known vulnerabilities are shipped, 0 are not\n']);
  });

  it('fails for one that is shipped', async () => {
    const { code, stdout } = await run('audit', await registry({ zod: [advisory] }));
    expect(code).toBe(1);
    expect(stdout).toContain('shipped: high: zod: Something bad https://advisories.example/1');
  });

  it('tells of one that only the tests use, and does not fail for it', async () => {
    const { code, stdout } = await run('audit', await registry({ 'fast-check': [advisory] }));
    expect(code).toBe(0);
    expect(stdout).toContain('tests and build only: high: fast-check: Something bad');
  });

  it('says plainly that the registry could not be asked', async () => {
    const { code, stdout } = await run('audit', await registry(null));
    expect(code).toBe(3);
    expect(stdout).toMatch(/^not asked: .*405/);
    expect(stdout).not.toContain('127.0.0.1');
  });
});
