import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { resolveExec } from '../../../src/config/secrets/exec.ts';
import { createLookUp } from '../../../src/config/secrets/resolve.ts';
import { createSecretResolver } from '../../../src/config/secrets/resolver.ts';
import { SecretError } from '../../../src/config/secrets/secret-error.ts';
import type { Reference } from '../../../src/domain/reference.ts';
import { Secret } from '../../../src/domain/secret.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcm-secrets-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const ENV = {
  PATH: process.env['PATH'],
  HOME: '/var/empty',
  ACME: 'hunter2',
  SPACED: ' hunter2',
  LONG: 'hunter2\n\n',
  EMPTY: '',
  TWO: 'a\nb',
};

const lookUp = createLookUp(ENV);

async function valueBehind(reference: Reference): Promise<string> {
  return (await lookUp(reference)).secret.reveal();
}

async function failureOf(promise: Promise<unknown>): Promise<SecretError> {
  const error: unknown = await promise.then(
    () => new Error('It was resolved; it should have failed.'),
    (reason: unknown) => reason,
  );
  if (error instanceof SecretError) return error;
  throw error;
}

function failing(reference: Reference): Promise<SecretError> {
  return failureOf(lookUp(reference));
}

async function file(content: string | Uint8Array): Promise<Reference> {
  await writeFile(join(folder, 'secret'), content);
  return { kind: 'file', path: join(folder, 'secret') };
}

function exec(...command: [string, ...string[]]): Reference & { kind: 'exec' } {
  return { kind: 'exec', command, directory: folder };
}

describe('a literal', () => {
  it('is what it is', async () => {
    expect(await valueBehind({ kind: 'literal', value: new Secret('hunter2') })).toBe('hunter2');
  });
});

describe('an environment variable', () => {
  it('gives its value', async () => {
    expect(await valueBehind({ kind: 'env', name: 'ACME' })).toBe('hunter2');
  });

  it('is trimmed of newlines at its end, and that is said', async () => {
    const { secret, notes } = await lookUp({ kind: 'env', name: 'LONG' });
    expect([secret.reveal(), notes]).toEqual(['hunter2', ['env LONG: a trailing newline was trimmed']]);
  });

  it('keeps a space, and that is said', async () => {
    const { secret, notes } = await lookUp({ kind: 'env', name: 'SPACED' });
    expect([secret.reveal(), notes]).toEqual([
      ' hunter2',
      ['env SPACED: begins or ends with a space, which is sent as it is'],
    ]);
  });

  it.each([
    ['GONE', 'env_missing', 'env GONE is not set; set it where the monitor is started'],
    ['EMPTY', 'empty', 'env EMPTY is empty; put the value there'],
    ['TWO', 'line_break', 'env TWO holds more than one line; keep only the value, on one line'],
  ])('%s is refused: %s', async (name, code, message) => {
    expect(await failing({ kind: 'env', name })).toMatchObject({ code, message });
  });
});

describe('a file', () => {
  it.each(['hunter2', 'hunter2\n', 'hunter2\r\n', '\uFEFFhunter2\n'])(
    'of %j gives the bare value',
    async (content) => {
      expect(await valueBehind(await file(content))).toBe('hunter2');
    },
  );

  it('is read anew each time, also through a link that was turned', async () => {
    const reference = await file('first');
    expect(await valueBehind(reference)).toBe('first');
    await rm(join(folder, 'secret'));
    await writeFile(join(folder, 'other'), 'second');
    await symlink('other', join(folder, 'secret'));
    expect(await valueBehind(reference)).toBe('second');
  });

  it.each([
    ['nothing', '', 'empty', 'is empty; put the value there'],
    ['newlines alone', '\n\n', 'empty', 'is empty; put the value there'],
    [
      'two lines',
      'hunter2\nhunter3',
      'line_break',
      'holds more than one line; keep only the value, on one line',
    ],
    [
      'a control character',
      'hun\u0007ter2',
      'control_character',
      'holds a control character; write the value again',
    ],
    ['no UTF-8', Uint8Array.of(0xff, 0xfe), 'not_utf8', 'is not UTF-8 text; is it the right one?'],
    ['more than 64 KiB', 'x'.repeat(65_537), 'too_long', 'is longer than 64 KiB; is it the right file?'],
  ])('that holds %s is refused', async (_name, content, code, message) => {
    const reference = await file(content);
    expect(await failing(reference)).toMatchObject({
      code,
      message: `file ${join(folder, 'secret')} ${message}`,
    });
  });

  it('that is missing, a directory, a pipe or a circle of links is refused without waiting', async () => {
    await mkdir(join(folder, 'directory'));
    await promisify(execFile)('mkfifo', [join(folder, 'pipe')]);
    await symlink('circle', join(folder, 'circle'));
    const told = await Promise.all(
      ['gone', 'directory', 'pipe', 'circle'].map(async (name) => {
        const { code, message } = await failing({ kind: 'file', path: join(folder, name) });
        return [code, message.replace(`file ${folder}/`, '')];
      }),
    );
    expect(told).toEqual([
      ['file_missing', 'gone does not exist; create it or correct the path'],
      [
        'file_not_regular',
        'directory is a directory; name the file in it, or end the path of a connection with / for a file for each',
      ],
      ['file_not_regular', 'pipe is not a regular file; name one'],
      ['file_unreadable', 'circle cannot be read (ELOOP)'],
    ]);
  });
});

describe('a command', () => {
  it('gives its output', async () => {
    expect(await valueBehind(exec('printf', 'hunter2\\n'))).toBe('hunter2');
  });

  it('runs in the folder of the config and without a shell', async () => {
    await writeFile(join(folder, 'tell.sh'), '#!/bin/sh\necho "$PWD $1"\n');
    await chmod(join(folder, 'tell.sh'), 0o700);
    expect(await valueBehind(exec('./tell.sh', '$(id); *'))).toBe(`${folder} $(id); *`);
  });

  it('sees of the environment only what it needs', async () => {
    const names = (await valueBehind(exec('sh', '-c', 'env | cut -d= -f1 | sort | tr "\\n" " "')))
      .trim()
      .split(' ');
    // The shell adds some of its own.
    expect(names.filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name))).toEqual(['HOME', 'PATH']);
  });

  it('that fails is refused with its exit code and nothing it printed', async () => {
    const error = await failing(exec('sh', '-c', 'echo hunter2; echo hunter2 >&2; exit 3'));
    expect(error).toMatchObject({
      code: 'exec_failed',
      message: 'exec sh failed with exit code 3; run it by hand to see why',
    });
  });

  it('that is killed is refused with the signal', async () => {
    expect(await failing(exec('sh', '-c', 'kill -TERM $$'))).toMatchObject({
      code: 'exec_failed',
      message: 'exec sh was ended by SIGTERM; run it by hand to see why',
    });
  });

  it('that is not there or may not be run is refused', async () => {
    await writeFile(join(folder, 'plain'), 'x');
    expect((await failing(exec('no-such-program-here'))).message).toBe(
      'exec no-such-program-here was not found; write its full path',
    );
    expect((await failing(exec('./plain'))).message).toBe('exec ./plain may not be run; make it executable');
  });

  it('that prints nothing or two lines is refused', async () => {
    expect((await failing(exec('true'))).code).toBe('empty');
    expect((await failing(exec('printf', 'a\\nb'))).code).toBe('line_break');
  });

  it('that floods is ended and refused', async () => {
    expect(await failing(exec('yes'))).toMatchObject({
      code: 'too_long',
      message: 'exec yes printed more than 64 KiB; it must print the value alone',
    });
  });

  it('that hangs is ended with all it started', async () => {
    const script = 'echo $$ > pids; sleep 600 & echo $! >> pids; wait';
    const error = await failureOf(resolveExec(exec('sh', '-c', script), ENV, 500));
    expect(error).toMatchObject({
      code: 'exec_timeout',
      message: 'exec sh took longer than 0.5 s and was ended; run it by hand to see why',
    });
    const pids = (await readFile(join(folder, 'pids'), 'utf8')).trim().split('\n').map(Number);
    expect(pids).toHaveLength(2);
    for (const pid of pids) await ended(pid);
  });

  it('waits for its turn: not more than eight run at a time', async () => {
    // Each notes how many there are while it runs, and ends when it is told to.
    const script =
      'touch "run.$1"; ls | grep -c "^run" > "seen.$1"; read _ < go; rm "run.$1"; echo "value $1"';
    await promisify(execFile)('mkfifo', [join(folder, 'go')]);
    const values = Promise.all(
      Array.from({ length: 20 }, (_, n) => valueBehind(exec('sh', '-c', script, 'sh', String(n)))),
    );
    const go = await open(join(folder, 'go'), 'r+');
    await go.write('\n'.repeat(20));
    expect(await values).toEqual(Array.from({ length: 20 }, (_, n) => `value ${n}`));
    await go.close();
    const seen = (await readdir(folder)).filter((name) => name.startsWith('seen.'));
    const counts = await Promise.all(
      seen.map(async (name) => Number(await readFile(join(folder, name), 'utf8'))),
    );
    expect(counts).toHaveLength(20);
    expect(Math.max(...counts)).toBeLessThanOrEqual(8);
    // That they ran side by side at all.
    expect(Math.max(...counts)).toBeGreaterThan(1);
  });

  it('that hangs keeps nobody who has a value already, and runs once', async () => {
    const reference = exec('sh', '-c', 'echo run >> runs; read value < next; echo "$value"');
    await promisify(execFile)('mkfifo', [join(folder, 'next')]);
    const next = await open(join(folder, 'next'), 'r+');
    let now = 0;
    const resolver = createSecretResolver({
      lookUp,
      now: () => now,
      alarm: (ms, ring) => {
        // Whoever has a value loses patience at once; who has none waits.
        if (ms <= 2_000) setImmediate(ring);
        return () => undefined;
      },
    });
    await next.write('hunter2\n');
    expect((await resolver.resolve(reference)).reveal()).toBe('hunter2');
    now = 60_000;
    for (let check = 0; check < 3; check += 1) {
      const { secret, stale } = await resolver.find(reference);
      expect([secret.reveal(), stale]).toEqual(['hunter2', true]);
    }
    const fresh = resolver.find(reference, { fresh: true });
    await next.write('hunter3\nhunter4\n');
    expect((await fresh).secret.reveal()).toBe('hunter4');
    expect(await readFile(join(folder, 'runs'), 'utf8')).toBe('run\n'.repeat(3));
    await next.close();
  });

  it('that failed leaves its turn to the next', async () => {
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => valueBehind(exec('false'))));
    expect(all.every(({ status }) => status === 'rejected')).toBe(true);
    expect(await valueBehind(exec('echo', 'hunter2'))).toBe('hunter2');
  });

  it('that leaves something running behind is not waited for', async () => {
    expect(await valueBehind(exec('sh', '-c', 'sleep 600 & echo $! > pids; echo hunter2'))).toBe('hunter2');
    await ended(Number(await readFile(join(folder, 'pids'), 'utf8')));
  });
});

/** Resolves when a process is gone, or only left for its parent to look at; the test's own limit bounds the wait. */
async function ended(pid: number): Promise<void> {
  for (;;) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
    if (stat === null || /\) Z/.test(stat)) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
