/** Something that is given what nobody meant it to be given. */
export interface Target {
  readonly name: string;
  /** Of all cases, so many parts are its own. */
  readonly share: number;
  /** Throws for the first case that goes wrong, with what it was; calls `begin` before each. */
  run(options: { readonly cases: number; readonly seed: number; readonly begin: () => void }): Promise<void>;
}
