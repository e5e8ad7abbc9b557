import type { Writable } from 'node:stream';
import type { ChannelTypes } from '../domain/channel.ts';

/** What a command may use of the process it runs in; tests hand in their own. */
export interface CliContext {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly env: NodeJS.ProcessEnv;
  readonly version: string;
  readonly channelTypes: ChannelTypes;
  setExitCode(code: number): void;
  /** Replaces what is done when nobody reads stdout any more, which is to exit at once. It may come to pass more than once. */
  onReaderGone(act: () => void): void;
  /** The file that is read without `--config`. */
  defaultConfigPath(): string;
}

/** MIMECAST_MONITOR_CONFIG, or the place next to the shipped example. */
export function defaultConfigPathOf(env: NodeJS.ProcessEnv): string {
  const path = env['MIMECAST_MONITOR_CONFIG'];
  return path === undefined || path === '' ? 'config/tenants.yaml' : path;
}
