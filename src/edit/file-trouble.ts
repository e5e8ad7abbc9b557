import { dirname } from 'node:path';
import { errorCode } from '../config/error-code.ts';
import { EditError } from './edit-error.ts';

/** Says in one line what the file system has against a change of `file`, and what to do. */
export function fileTrouble(file: string, error: unknown): unknown {
  if (error instanceof EditError) return error;
  const advice = adviceOf(errorCode(error), file);
  return advice === null ? error : new EditError('not_writable', [`${file} ${advice}; nothing was changed`]);
}

function adviceOf(code: string, file: string): string | null {
  switch (code) {
    case 'EROFS':
      return 'is on a read-only file system; change it where that is mounted from (for a container: on its host)';
    case 'EACCES':
    case 'EPERM':
      return `can't be replaced by this user; run this as whoever owns the file, is in its group and may write to ${dirname(file)}`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `can't be written, for the disk is full; make room in ${dirname(file)} and try again`;
    case 'EFBIG':
      return "can't be written, for it would be larger than this process may write (ulimit -f)";
    case 'EBUSY':
    case 'EXDEV':
      return "is mounted by itself, so that it can't be replaced; mount its folder instead, or change it on the host";
    case 'EIO':
      return "can't be written, for the disk reports an error";
    default:
      return null;
  }
}
