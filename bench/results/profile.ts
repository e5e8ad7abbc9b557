import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { circumstances } from './machine.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = fileURLToPath(new URL('../profiles', import.meta.url));
const SHOWN = 25;
/** More than this does not belong into a repository. */
const MOST_BYTES = 300_000;

/** The parts of V8's format that are read here. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

export interface ProfileToKeep {
  readonly file: string;
  readonly name: string;
  readonly title: string;
  readonly keep: boolean;
  readonly now: Date;
}

/** Makes the summary; keeps it, and the whole profile beside it when it is small. */
export async function summarise({ file, name, title, keep, now }: ProfileToKeep): Promise<string> {
  // Where this checkout lies is nobody's business.
  const text = (await readFile(file, 'utf8')).replaceAll(
    pathToFileURL(ROOT).href,
    'file:///mimecast-monitor/',
  );
  const packed = gzipSync(text, { level: 9 });
  const isSmall = packed.length < MOST_BYTES;
  const summary = summaryOf(JSON.parse(text) as CpuProfile, { title, name, isSmall, now });
  if (!keep) return summary;
  await mkdir(FOLDER, { recursive: true });
  await writeFile(join(FOLDER, `${name}.md`), summary);
  if (isSmall) await writeFile(join(FOLDER, `${name}.cpuprofile.gz`), packed);
  return summary;
}

function summaryOf(
  profile: CpuProfile,
  { title, name, isSmall, now }: { title: string; name: string; isSmall: boolean; now: Date },
): string {
  const { at, machine, versions, commit } = circumstances(now);
  const places = new Map(profile.nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
  const selfTimes = new Map<string, number>();
  for (const [index, id] of profile.samples.entries()) {
    const place = places.get(id) ?? '(unknown)\t';
    // A sample stands for the time until the next one.
    selfTimes.set(place, (selfTimes.get(place) ?? 0) + (profile.timeDeltas[index + 1] ?? 0));
  }
  const idle = selfTimes.get('(idle)') ?? 0;
  selfTimes.delete('(idle)');
  const busy = [...selfTimes.values()].reduce((sum, time) => sum + time, 0);
  const top = [...selfTimes].toSorted(([, a], [, b]) => b - a).slice(0, SHOWN);
  const share = (time: number) => `${((time / busy) * 100).toFixed(1)} %`;
  return `# ${title}

Made by \`npm run bench -- profile\` at ${at} (UTC), commit ${commit}, on ${machine}; ${versions}.
The main thread was busy for ${(busy / 1e6).toFixed(1)} of ${((busy + idle) / 1e6).toFixed(1)} s. Self time, the ${SHOWN} functions with the most of it:
${isSmall ? `the whole profile is \`${name}.cpuprofile.gz\`.` : ''}

| share | function | where |
|---|---|---|
${top.map(([place, time]) => `| ${share(time)} | ${place.replace('\t', ' | ')} |`).join('\n')}
`;
}

/** A function and its file, which is counted from the package or this project. */
function placeOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') return name === '(idle)' ? name : `${name}\t`;
  const file = url.replace(/^.*\/node_modules\//, '').replace('file:///mimecast-monitor/', '');
  return `\`${name}\`\t${file}:${lineNumber + 1}`;
}
