import { readText } from './program.ts';

export const UNIT = 'deploy/systemd/mimecast-monitor.service';

/** The settings of the unit, in order; one that is given twice is there twice. */
export const settings: readonly { readonly name: string; readonly value: string }[] = readText(UNIT)
  .split('\n')
  .flatMap((line) => {
    const [, name, value] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, value: value ?? '' }];
  });

export function valuesOf(name: string): readonly string[] {
  return settings.filter((setting) => setting.name === name).map(({ value }) => value);
}
