import { InvalidArgumentError } from 'commander';

/** Collects `--label tier=gold` and its like. */
export function collectLabel(
  text: string,
  before: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const [, name, value] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError('Write it as name=value, such as tier=gold.');
  }
  return { ...before, [name]: value };
}

/** Collects the values of an option that may be given several times. */
export function collectText(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}
