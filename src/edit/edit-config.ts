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
 * the way, nothing is changed and nothing is left behind. `afterwards` has its turn before anybody else may change the
 * config, for what must still be true of it then.
 *
 * @throws EditError
 */
export async function editConfig(
  path: string,
  change: Change,
  options: EditOptions,
  afterwards: (written: Preview) => Promise<void> = async () => {},
): Promise<Preview> {
  const file = resolve(options.cwd ?? process.cwd(), path);
  try {
    return await withLock(await lockedFile(file, () => previewEdit(path, change, options)), async () => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const preview = await previewEdit(path, change, options);
        if (!(await write(preview))) continue;
        await afterwards(preview);
        return preview;
      }
      throw new EditError('busy', [
        `${file} is being changed by somebody else all the time; try again later`,
      ]);
    });
  } catch (error) {
    throw fileTrouble(file, error);
  }
}

/** Behind a symbolic link, all who edit meet at the file itself. One that can't be had is told of as ever. */
async function lockedFile(file: string, tell: () => Promise<unknown>): Promise<string> {
  try {
    return await realpath(file);
  } catch (error) {
    await tell();
    throw error;
  }
}

/** False when a file was changed meanwhile. Secrets come first: nothing must ever refer to one that is not there. */
async function write({ after, files, secrets }: Preview): Promise<boolean> {
  const known = after.connections.map(({ id }) => id);
  const put = await within(after.secretsDir, () => putSecrets(after.secretsDir, after.path, secrets, known));
  let done = false;
  try {
    done = await replaceAll(files);
  } finally {
    if (!done) await put.undo();
  }
  if (done) await put.settle();
  return done;
}

/** All or none: those that are in place already are put back when another can't be. */
async function replaceAll(files: readonly FileEdit[]): Promise<boolean> {
  const staged: { readonly edit: FileEdit; readonly aside: Aside }[] = [];
  const placed: FileEdit[] = [];
  let done = false;
  try {
    for (const edit of files) {
      staged.push({
        edit,
        aside: await within(edit.file, () => writeAside(edit.file, edit.after, edit.before)),
      });
    }
    for (const { edit, aside } of staged) {
      if (!(await within(edit.file, () => aside.replace()))) return false;
      placed.push(edit);
    }
    done = true;
    return true;
  } finally {
    for (const { aside } of staged) await aside.discard();
    if (!done) for (const edit of placed) await putBack(edit);
  }
}

async function putBack({ file, before, after }: FileEdit): Promise<void> {
  const aside = await writeAside(file, before, after);
  await aside.replace();
  await aside.discard();
}

async function within<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw fileTrouble(file, error);
  }
}
