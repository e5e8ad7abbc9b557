/** The text is right but written in a way that can't be changed piece by piece. */
export class NotEditable extends Error {
  override readonly name = 'NotEditable';
  readonly code = 'not_editable';
}
