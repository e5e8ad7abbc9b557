import { type Logger, pino } from 'pino';
import { UsageError } from './usage-error.ts';

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

/**
 * One JSON object a line, with ISO times. Synchronous: the last line before an end is the one that is looked for.
 * `destination` is a file descriptor or a path.
 */
export function createLogger(level: string | undefined, destination: number | string): Logger {
  const wanted = level === undefined || level === '' ? 'info' : level;
  if (!LEVELS.includes(wanted)) {
    throw new UsageError(`LOG_LEVEL=${wanted}: write one of ${LEVELS.join(', ')}`);
  }
  return pino(
    { level: wanted, timestamp: pino.stdTimeFunctions.isoTime, base: null },
    pino.destination({ dest: destination, sync: true }),
  );
}
