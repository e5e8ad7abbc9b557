import type { ChannelConfig } from '../domain/channel.ts';
import type { Connection } from '../domain/connection.ts';
import type { Reference } from '../domain/reference.ts';
import type { Route } from '../domain/routing.ts';
import type { Marks } from './marks.ts';

/** A whole configuration with every default filled in, as `loadConfig` returns it. All durations are milliseconds. */
export interface Config {
  /** Absolute path of the main file. */
  readonly path: string;
  /**
   * Absolute paths of everything that was read or listed (files and the folders of globs), with the marks they had
   * before: what the watcher looks at.
   */
  readonly watched: Marks;
  /** SHA-256 over all that was read, 64 lower-case hex digits; equal configs have equal hashes. */
  readonly hash: string;
  readonly checks: ChecksConfig;
  readonly expiry: { readonly warnBeforeMs: readonly number[] };
  readonly alerts: AlertsConfig;
  /** Null: an embedded server under `dataDir`, unless REDIS_URL is set. */
  readonly redisUrl: Reference | null;
  /** Absolute. */
  readonly dataDir: string;
  /** Absolute. Where `add` and `import` put secrets. */
  readonly secretsDir: string;
  readonly http: HttpConfig;
  /** In the order of the files; ids are unique; disabled ones are included. */
  readonly connections: readonly Connection[];
  /** Things that work but should be looked at, as `file:line:column: path: …` lines. */
  readonly warnings: readonly string[];
}

export interface ChecksConfig {
  readonly confirmDelayMs: number;
  readonly unverifiableAfterMs: number;
  /** Exchanges in flight per gateway and process. */
  readonly concurrency: number;
  /** Exchanges started per second, per gateway, over all processes. */
  readonly maxPerSecond: number;
  /** Hosts that may get secrets, and may be on this machine under whatever name. */
  readonly allowedHosts: readonly string[];
  /** More vendor codes, beyond the built-in ones. */
  readonly codes: {
    readonly rejected: readonly string[];
    readonly forbidden: readonly string[];
    readonly expired: readonly string[];
  };
}

export interface AlertsConfig {
  readonly reminderEveryMs: number;
  /** From how many first rejections at a time on, and of what share of those checked, they are told as one. */
  readonly massRejection: { readonly atLeast: number; readonly share: number };
  readonly channels: readonly ChannelConfig[];
  readonly routes: readonly Route[];
  /** The `channels` of `defaults`: chosen for every connection that does not say otherwise. */
  readonly defaultChannels: readonly string[];
  /** Null: no dead-man's switch is fed. */
  readonly heartbeat: HeartbeatConfig | null;
}

export interface HeartbeatConfig {
  readonly url: Reference;
  readonly intervalMs: number;
}

export interface HttpConfig {
  readonly host: string;
  readonly port: number;
  readonly token: Reference | null;
  readonly allowUnauthenticated: boolean;
  readonly tls: { readonly certPath: string; readonly keyPath: string } | null;
}
