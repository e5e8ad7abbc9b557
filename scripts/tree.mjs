// What must not be in the files of the repository: addresses packages were downloaded from, a lock file that serves
// one system only, and paths that exist on one machine only.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { missingEntries } from './complete-lock.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const problems = [];

const { packages } = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8'));
for (const [path, { resolved, link }] of Object.entries(packages)) {
  if (resolved !== undefined && !link)
    problems.push(`package-lock.json: ${path} names where it was downloaded from`);
}

for (const place of Object.keys(missingEntries(packages))) {
  problems.push(
    `package-lock.json: ${place} is missing, so that npm ci refuses the file: type \`npm run lock\``,
  );
}

// Home folders of people, and wherever this very checkout and its user happen to live.
// `node` is the user of Node's container images.
const personal = /(?:\/home\/(?!node\b)|\/Users\/|[A-Z]:\\Users\\)[\w.-]+/;
const local = [root.replace(/\/$/, ''), homedir()].filter((path) => path.split('/').length > 2);
const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
});
for (const path of listed.toString().split('\0')) {
  if (path === '') continue;
  // The place inside a container may well be the place of this checkout.
  const isImage = /(^|\/)(Dockerfile|docker-compose)[^/]*$/.test(path);
  const lines = isImage ? [] : readIfThere(path).split('\n');
  lines.forEach((line, index) => {
    const found = personal.exec(line)?.[0] ?? local.find((candidate) => line.includes(candidate));
    if (found !== undefined) problems.push(`${path}:${index + 1}: ${found} is a path of one machine`);
  });
}

for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exitCode = 1;

/** A file that is listed and was deleted since, or is a folder of its own, has no lines. */
function readIfThere(path) {
  try {
    const content = readFileSync(`${root}${path}`);
    return content.includes(0) ? '' : content.toString();
  } catch {
    return '';
  }
}
