import type { Row } from './row.ts';
import type { Results } from './scenario-result.ts';

/** The table for readers, from what every scenario found when it was last run. */
export function renderTable(results: Results): string {
  const all = Object.entries(results);
  const rows = all.flatMap(([, { rows: found }]) => found);
  const judged = rows.filter(({ reached }) => reached !== null);
  const reached = judged.filter((row) => row.reached === true).length;
  return `# What was measured

Written by \`npm run bench\` from \`results.json\`; \`npm run bench -- SCENARIO…\` measures some of it anew and replaces only
those rows. Every process under measurement is a real one: the built program with a config file, a Redis server as the
program embeds it, the leanest possible token server, all on one machine. CPU is read from \`/proc/PID/stat\`, lateness from
\`mimecast_check_lateness_seconds\`, blocks of the event loop from a timer of 1 ms inside the measured process.

${reached} of ${judged.length} targets are reached. Rows without a target explain the others.

| what | target | measured | reached | how |
|---|---|---|---|---|
${rows.map(lineOf).join('\n')}

## Where and when

| scenario | at (UTC) | commit | machine | versions |
|---|---|---|---|---|
${all.map(([name, { at, commit, machine, versions }]) => cells([name, at, commit, machine, versions])).join('\n')}
`;
}

function lineOf({ what, target, measured, reached, note }: Row): string {
  return cells([what, target ?? '', measured, reached === null ? '' : reached ? 'yes' : '**no**', note]);
}

function cells(texts: readonly string[]): string {
  return `| ${texts.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
}
