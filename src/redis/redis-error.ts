/** Why Redis can't be used; stable, so that callers and tests need not read messages. */
export type RedisErrorCode =
  | 'bad_url'
  | 'no_server_binary'
  | 'data_dir_unusable'
  | 'data_dir_in_use'
  | 'server_failed'
  | 'unreachable'
  | 'wrong_password'
  | 'too_old'
  | 'read_only'
  | 'loading'
  | 'out_of_memory'
  | 'not_permitted'
  | 'cannot_persist'
  | 'cluster'
  | 'unusable';

/** One line that says what is wrong with Redis and what to do; it never holds a password. */
export class RedisError extends Error {
  override readonly name = 'RedisError';
  readonly code: RedisErrorCode;

  constructor(code: RedisErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
