export type EditErrorCode =
  | 'config_missing'
  /** The config is wrong as it stands, so that nothing can be said about a change of it. */
  | 'config_has_mistakes'
  /** The change would make it wrong. */
  | 'would_be_wrong'
  | 'unknown_connection'
  | 'exists_already'
  /** The text is written in a way that can't be changed piece by piece. */
  | 'not_editable'
  /** Another process changes it, again and again. */
  | 'busy'
  | 'not_writable';

/** The config was not changed, and nothing is left behind. */
export class EditError extends Error {
  override readonly name = 'EditError';
  readonly code: EditErrorCode;
  /** What is wrong, one line each; those about a place in a file begin with it. Never holds a secret. */
  readonly issues: readonly string[];
  /** Of `would_be_wrong`: the lines about each connection, by its id. */
  readonly byId: ReadonlyMap<string, readonly string[]>;

  constructor(
    code: EditErrorCode,
    issues: readonly string[],
    byId: ReadonlyMap<string, readonly string[]> = new Map(),
  ) {
    super(issues.join('\n'));
    this.code = code;
    this.issues = issues;
    this.byId = byId;
  }
}
