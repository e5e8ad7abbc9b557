import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const repository = join(import.meta.dirname, '..', '..');
const PROGRAM = `
process.once('SIGTERM', () => process.exit(7));
console.log(JSON.stringify(process.argv.slice(2)));
if (process.argv.includes('--wait')) setInterval(() => {}, 60_000);
`;
let project: string;

/** A copy of the project with a small program in place of the real one; the packages are the real ones. */
beforeEach(async () => {
  project = await mkdtemp('/tmp/mcm-test-');
  for (const path of [
    'scripts',
    'bin',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'tsconfig.page.json',
  ]) {
    await cp(join(repository, path), join(project, path), { recursive: true });
  }
  for (const room of ['process', 'redis', 'page', 'domain']) {
    await cp(join(repository, 'src', room), join(project, 'src', room), { recursive: true });
  }
  await writeFile(join(project, 'src', 'main.ts'), PROGRAM);
  await symlink(join(repository, 'node_modules'), join(project, 'node_modules'));
});
afterEach(() => rm(project, { recursive: true }));

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Outcome> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: project, env });
    return { code: 0, stdout, stderr };
  } catch (error) {
    return error as Outcome;
  }
}

const task = (...args: string[]): Promise<Outcome> => run(['scripts/run.mjs', ...args]);

/** A PATH of small shell scripts that write down how they were called. */
async function commands(scripts: Readonly<Record<string, string>>): Promise<NodeJS.ProcessEnv> {
  const folder = join(project, 'fake-bin');
  await mkdir(folder);
  await symlink(process.execPath, join(folder, 'node'));
  for (const [name, body] of Object.entries(scripts)) {
    await writeFile(join(folder, name), `#!/bin/sh\necho "${name} $*" >> "${project}/called"\n${body}\n`);
    await chmod(join(folder, name), 0o755);
  }
  return { PATH: folder };
}

const called = async (): Promise<string[]> =>
  (await readFile(join(project, 'called'), 'utf8')).trim().split('\n');

describe('the executable', () => {
  it('says what to type when it has not been built', async () => {
    expect(await run(['bin/mimecast-monitor', 'start'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: 'mimecast-monitor: not built yet: type `npm ci && npm run build` in its folder.\n',
    });
  });

  it('runs what was built', async () => {
    await task('build');
    expect(await run(['bin/mimecast-monitor', 'check', 'acme'])).toMatchObject({
      code: 0,
      stdout: '["check","acme"]\n',
    });
  });
});

describe('npm start', () => {
  it('builds once, keeps stdout for the program, and hands its arguments on', async () => {
    const first = await task('start', '--config', 'acme.yaml');
    expect(first).toMatchObject({ code: 0, stdout: '["start","--config","acme.yaml"]\n' });
    expect(first.stderr).toContain('building');
    expect(await task('start')).toMatchObject({ code: 0, stdout: '["start"]\n', stderr: '' });
  });

  it('builds the status page with it: its modules for browsers, its style and its icon', async () => {
    await task('build');
    const page = await readdir(join(project, 'dist', 'page'), { recursive: true });
    for (const name of ['page.css', 'favicon.svg', 'theme-early.js', 'html.js', join('browser', 'main.js')]) {
      expect(page).toContain(name);
    }
    await writeFile(join(project, 'src', 'page', 'page.css'), 'body { color: red }\n');
    expect((await task('start')).stderr).toContain('building');
    expect(await readFile(join(project, 'dist', 'page', 'page.css'), 'utf8')).toContain('red');
  });

  it('builds again when a source changed, and keeps nothing of a deleted one', async () => {
    const source = join(project, 'src', 'globex.ts');
    await writeFile(source, 'export const globex = 1;\n');
    await task('start');
    expect(await readdir(join(project, 'dist'))).toContain('globex.js');
    await rm(source);
    expect((await task('start')).stderr).toContain('building');
    expect(await readdir(join(project, 'dist'))).not.toContain('globex.js');
  });

  it('stops, with the words of the compiler, when the sources do not compile, and leaves the last build', async () => {
    await task('build');
    await writeFile(join(project, 'src', 'globex.ts'), 'export const globex: string = 1;\n');
    const { code, stdout, stderr } = await task('start');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('src/globex.ts(1,14)');
    expect(stderr).toContain('do not compile');
    expect(await run(['bin/mimecast-monitor'])).toMatchObject({ code: 0 });
    expect((await readdir(project)).filter((name) => name.startsWith('.dist'))).toEqual([]);
  });

  it('lets a signal reach the program', async () => {
    await task('build');
    const child = spawn(process.execPath, ['scripts/run.mjs', 'start', '--wait'], {
      cwd: project,
      stdio: 'pipe',
    });
    await once(child.stdout, 'data');
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exited).toEqual([7, null]);
  });
});

describe('npm itself', () => {
  it('passes a SIGTERM on to the program, and its exit code back', async () => {
    await task('build');
    const child = spawn('npm', ['start', '--silent', '--', '--wait'], { cwd: project, stdio: 'pipe' });
    await once(child.stdout, 'data');
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exited).toEqual([7, null]);
  });
});

describe('the packages', () => {
  it('are installed with npm ci where they differ from the lock file, and a failure says what is needed', async () => {
    const lock = JSON.parse(await readFile(join(project, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { version: string }>;
    };
    lock.packages['node_modules/zod'] = { version: '0.0.1' };
    await writeFile(join(project, 'package-lock.json'), JSON.stringify(lock));
    const { code, stderr } = await run(['scripts/run.mjs', 'start'], await commands({ npm: 'exit 3' }));
    expect(code).toBe(1);
    expect(stderr).toContain('set-up: installing npm packages (zod differs from package-lock.json)');
    expect(stderr).toContain('`npm ci` failed (exit code 3, see above)');
    expect(await called()).toEqual(['npm ci --include=dev --ignore-scripts']);
  });
});

describe('the Redis server of the demo', () => {
  beforeEach(() => task('build').then(() => undefined));

  const server = `printf '#!/bin/sh\\n' > "$(dirname "$0")/redis-check-rdb"; chmod +x "$(dirname "$0")/redis-check-rdb"`;
  const chmodAndDirname = {
    dirname: '/usr/bin/dirname "$@"',
    chmod: '/bin/chmod "$@"',
    env: '/usr/bin/env "$@"',
  };

  it('is installed without a service where that needs no question', async () => {
    const env = await commands({
      ...chmodAndDirname,
      sudo: '[ "$1" = -n ] && shift && "$@"',
      true: '',
      'apt-get': `case "$*" in *redis-tools*) ${server};; esac`,
    });
    expect(await run(['scripts/run.mjs', 'demo'], env)).toMatchObject({ code: 0, stdout: '["demo"]\n' });
    const installs = (await called()).filter((line) => /^apt-get (install|update)/.test(line));
    expect(installs).toEqual(['apt-get install -y -q --no-install-recommends redis-tools']);
  });

  it('is left to the user, with the line to type for four systems, where it can not be installed', async () => {
    const { code, stdout, stderr } = await run(['scripts/run.mjs', 'demo'], await commands({}));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.trim().split('\n')).toHaveLength(5);
    expect(stderr).toContain('Debian, Ubuntu: apt-get install redis-tools');
    expect(stderr).toContain('Alpine:         apk add redis');
  });

  it('is never installed by npm start', async () => {
    const env = await commands({ 'apt-get': '', sudo: '' });
    expect(await run(['scripts/run.mjs', 'start'], env)).toMatchObject({
      code: 0,
      stdout: '["start"]\n',
      stderr: '',
    });
    await expect(called()).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('the Alertmanager of the tests', () => {
  const ensure = (env: NodeJS.ProcessEnv): Promise<Outcome> =>
    run(
      [
        '-e',
        `import('${join(project, 'scripts', 'tools.mjs')}').then((m) => m.ensureTools(['alertmanager']))`,
      ],
      env,
    );
  const installed = `printf '#!/bin/sh\\n' > "$(dirname "$0")/prometheus-alertmanager"; chmod +x "$(dirname "$0")/prometheus-alertmanager"`;
  const tools = {
    dirname: '/usr/bin/dirname "$@"',
    chmod: '/bin/chmod "$@"',
    env: '/usr/bin/env "$@"',
    sudo: '[ "$1" = -n ] && shift && "$@"',
    true: '',
    'apt-get': '',
  };

  it('is installed by a script that leaves no service, where that needs no question, and only once', async () => {
    const env = await commands({ ...tools, sh: installed });
    expect(await ensure(env)).toMatchObject({ code: 0, stdout: '' });
    expect(await ensure(env)).toMatchObject({ code: 0, stderr: '' });
    const installs = (await called()).filter((line) => line.startsWith('sh '));
    expect(installs).toEqual(['sh scripts/install-debian.sh prometheus-alertmanager']);
  });

  it.each(['no apt-get', 'an install that failed'])(
    'is left to the user, with the line to type, where there is %s; the other tests run',
    async (what) => {
      const env = await commands(what === 'no apt-get' ? {} : { ...tools, sh: 'exit 1' });
      const { code, stdout, stderr } = await ensure(env);
      expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
      expect(stderr).toContain('sudo sh scripts/install-debian.sh prometheus-alertmanager');
      expect(stderr).toContain('https://prometheus.io/download/#alertmanager');
    },
  );
});
