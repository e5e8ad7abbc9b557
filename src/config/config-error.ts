import type { Marks } from './marks.ts';

export type ConfigErrorCode =
  | 'config_missing'
  | 'config_invalid'
  /** The thread that reads the files ran out of memory. */
  | 'config_too_large';

/** The config could not be loaded. Nothing of it is used: a bad file is rejected whole. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code: ConfigErrorCode;
  /** One line each: `file:line:column: path: what is wrong and what to write instead`. Never holds a secret. */
  readonly issues: readonly string[];
  /** Absolute paths of what was read or listed, with the marks they had before, so that a correction is noticed. */
  readonly watched: Marks;

  constructor(code: ConfigErrorCode, issues: readonly string[], watched: Marks) {
    super(
      issues.length === 1 ? issues[0] : `${issues.length} mistakes in the config; the first: ${issues[0]}`,
    );
    this.code = code;
    this.issues = issues;
    this.watched = watched;
  }
}
