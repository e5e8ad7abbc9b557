import type { Config } from '../config/config.ts';
import type { Reading } from '../config/load.ts';
import { EditError } from './edit-error.ts';

/**
 * The config that is to be changed.
 *
 * @throws EditError when there is none, or one with mistakes
 */
export function wholeConfig({ config, code, report }: Reading): Config {
  if (config !== null) return config;
  throw new EditError(code === 'config_missing' ? code : 'config_has_mistakes', report.mistakes());
}
