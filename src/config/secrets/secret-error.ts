export type SecretErrorCode =
  | 'env_missing'
  | 'file_missing'
  | 'file_unreadable'
  | 'file_not_regular'
  | 'file_changing'
  | 'exec_not_started'
  | 'exec_failed'
  | 'exec_timeout'
  | 'unanswered'
  | 'too_long'
  | 'not_utf8'
  | 'empty'
  | 'line_break'
  | 'control_character';

/** A reference could not be resolved. The message is one line, says what to do, and holds nothing of the value. */
export class SecretError extends Error {
  override readonly name = 'SecretError';
  readonly code: SecretErrorCode;

  constructor(code: SecretErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
