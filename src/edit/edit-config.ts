import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Change } from './change.ts';
import { EditError } from './edit-error.ts';
import { fileTrouble } from './file-trouble.ts';
import { withLock } from './lock.ts';
import { type EditOptions, type FileEdit, type Preview, previewEdit } from './preview.ts';
import { putSecrets } from './secret-files.ts';
import { type Aside, writeAside } from './write-aside.ts';

export type { Addition, Change, Update } from './change.ts';
export { EditError, type EditErrorCode } from './edit-error.ts';
export type { Entry, Settings, Value } from './entry.ts';
export { type EditOptions, type FileEdit, type Preview, previewEdit } from './preview.ts';

/** Somebody's editor may save in the very moment; whoever saves this often is no person. */
const ATTEMPTS = 5;

/**
 * Changes the config in one step: the new text is made from what stands in the files now, proved to be a good config,
 * written aside and put in place of the old one. Comments, order and the look of all else stay. When anything is in
 * the way, nothing is changed and nothing is left behind.
 *
 * @throws EditError
 */
export async function editConfig(path: string, change: Change, options: EditOptions): Promise<Preview> {
  const file = resolve(options.cwd ?? process.cwd(), path);
  // Nothing that is wrong with the change needs the lock to be told.
  await previewEdit(path, change, options);
  try {
    return await withLock(await realpath(file), async () => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const preview = await previewEdit(path, change, options);
        if (await write(preview)) return preview;
      }
      throw new EditError('busy', [
        `${file} is being changed by somebody else all the time; nothing was changed`,
      ]);
    });
  } catch (error) {
    throw fileTrouble(file, error);
  }
}

/** False when a file was changed meanwhile. Secrets come first: nothing must ever refer to one that is not there. */
async function write({ after, files, secrets }: Preview): Promise<boolean> {
  const put = await within(after.secretsDir, () => putSecrets(after.secretsDir, secrets));
  try {
    const done = await replaceAll(files);
    if (done) await put.settle();
    else await put.undo();
    return done;
  } catch (error) {
    await put.undo();
    throw error;
  }
}

async function replaceAll(files: readonly FileEdit[]): Promise<boolean> {
  const asides: Aside[] = [];
  try {
    for (const { file, before, after } of files) {
      asides.push(await within(file, () => writeAside(file, after, before)));
    }
    for (const [index, aside] of asides.entries()) {
      if (await within(files[index]?.file ?? '', () => aside.replace())) continue;
      if (index === 0) return false;
      throw new EditError('busy', [
        `${files[index]?.file} was changed by somebody else meanwhile: the change is made in ${index} of ${files.length} files; do the same again`,
      ]);
    }
    return true;
  } finally {
    for (const aside of asides) await aside.discard();
  }
}

async function within<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw fileTrouble(file, error);
  }
}
