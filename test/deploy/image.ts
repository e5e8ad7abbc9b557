import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT, readText } from './program.ts';

export interface Instruction {
  readonly name: string;
  readonly value: string;
}

export interface Stage {
  readonly name: string;
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** The stages of the Dockerfile, continued lines joined. */
export function readStages(): readonly Stage[] {
  const text = readText('Dockerfile')
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, ' ');
  const stages: (Stage & { instructions: Instruction[] })[] = [];
  for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
    const [, name = '', value = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    const [, base = '', alias = ''] = /^(\S+)(?:\s+AS\s+(\S+))?$/.exec(value) ?? [];
    if (name === 'FROM') stages.push({ name: alias, base, instructions: [] });
    else stages.at(-1)?.instructions.push({ name, value });
  }
  return stages;
}

export function stage(name: string): Stage {
  const found = readStages().find((one) => one.name === name);
  if (!found) throw new Error(`the Dockerfile has no stage '${name}'`);
  return found;
}

/** The last instruction of this name in the stage that becomes the image. */
export function ofImage(name: string): string {
  const found = stage('').instructions.findLast((one) => one.name === name);
  if (!found) throw new Error(`the image has no ${name}`);
  return found.value;
}

/** The same where it is a list of words, as JSON. */
export function listOfImage(name: string): readonly string[] {
  return JSON.parse(/\[.*\]/.exec(ofImage(name))?.[0] ?? '[]') as string[];
}

export interface Copy {
  readonly from: string | null;
  readonly sources: readonly string[];
  readonly target: string;
}

export function copiesOf({ instructions }: Stage): readonly Copy[] {
  return instructions
    .filter(({ name }) => name === 'COPY')
    .map(({ value }) => {
      const words = value.split(/\s+/);
      const from = words[0]?.startsWith('--from=') ? words.shift()?.slice('--from='.length) : undefined;
      const target = words.pop() ?? '';
      return { from: from ?? null, sources: words, target };
    });
}

/** The files that the builder is sent: those in git that .dockerignore lets through, the last fitting line deciding. */
export function sentFiles(): readonly string[] {
  const rules = readText('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ lets: line.startsWith('!'), pattern: line.replace(/^!/, '') }));
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return listed
    .split('\0')
    .filter((file) => file !== '' && existsSync(join(ROOT, file)))
    .filter((file) => {
      const deciding = rules.findLast(({ pattern }) => fits(file, pattern));
      return deciding?.lets ?? true;
    });
}

/** Docker's `*` fits any name, also one that begins with a dot; what is below a folder that fits does, too. */
export function fits(file: string, pattern: string): boolean {
  const expression = pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]*');
  return new RegExp(`^${expression}(/|$)`).test(file);
}

/** Carries out the COPY instructions of a stage in a folder that stands for the image's working folder. */
export function copyStage(name: string, folder: string, others: Readonly<Record<string, string>> = {}): void {
  const sent = sentFiles();
  for (const { from, sources, target } of copiesOf(stage(name))) {
    for (const source of sources) {
      if (from !== null) {
        cpSync(join(others[from] ?? '', source.replace(/^\/app\//, '')), join(folder, target), {
          recursive: true,
        });
        continue;
      }
      const files = sent.filter((file) => fits(file, source));
      if (files.length === 0) throw new Error(`COPY ${source}: the builder is sent no such file`);
      for (const file of files) {
        const below = file.startsWith(`${source}/`);
        const to = below
          ? join(folder, target, file.slice(source.length + 1))
          : join(folder, target, file.split('/').at(-1) ?? '');
        mkdirSync(dirname(to), { recursive: true });
        cpSync(join(ROOT, file), to);
      }
    }
  }
}

/** What `npm ci --omit=dev` installs: the packages that the lock file does not mark as wanted by developers only. */
export function copyPackages(folder: string): number {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
  };
  let count = 0;
  for (const [path, { dev, devOptional }] of Object.entries(packages)) {
    if (path === '' || dev || devOptional || !existsSync(join(ROOT, path))) continue;
    cpSync(join(ROOT, path), join(folder, path), {
      recursive: true,
      filter: (source) => !source.slice(join(ROOT, path).length).includes('/node_modules'),
    });
    count += 1;
  }
  return count;
}

export function linkPackages(folder: string): void {
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
}
