import type { ChannelTypes, OptionValue } from '../domain/channel.ts';
import type { Connection } from '../domain/connection.ts';
import type { Reference } from '../domain/reference.ts';
import { Secret } from '../domain/secret.ts';
import type { Config } from './config.ts';
import type { ConfigErrorCode } from './config-error.ts';
import type { Earlier } from './known-lines.ts';
import type { Marks } from './marks.ts';

/** What the thread is told when it starts. */
export interface ThreadInput {
  readonly path: string;
  readonly cwd: string;
  readonly channelTypes: ChannelTypes;
  readonly earlier: Earlier;
}

/** In the place of a position. */
export const UNKNOWN = -1;

/** The config without its connections, which travel in slices. */
export type Settings = Omit<Config, 'connections'>;

/**
 * A `Secret` keeps its value in a private field, which cloning between threads leaves behind: the values of literals
 * travel beside, in the order in which both sides meet them.
 */
export interface Packed<T> {
  readonly content: T;
  readonly secrets: readonly string[];
}

export type ThreadMessage =
  | {
      readonly kind: 'settings';
      readonly settings: Packed<Settings>;
      /** For each connection its position among the earlier ones; `UNKNOWN` for those that are sent. */
      readonly known: Int32Array;
      readonly digests: string;
    }
  /** The main thread asks for each slice: all in one would block its event loop while they are taken over. */
  | { readonly kind: 'connections'; readonly slice: Packed<readonly Connection[]>; readonly last: boolean }
  | {
      readonly kind: 'error';
      readonly code: ConfigErrorCode;
      readonly issues: readonly string[];
      readonly watched: Marks;
    };

export function packSettings(settings: Settings): Packed<Settings> {
  return pack(settings, replaceInSettings);
}

export function unpackSettings(packed: Packed<Settings>): Settings {
  return unpack(packed, replaceInSettings);
}

export function packConnections(connections: readonly Connection[]): Packed<readonly Connection[]> {
  return pack(connections, replaceInConnections);
}

/** `intern` gives one and the same object for all that are alike, so that what a large fleet has in common is kept once. */
export function unpackConnections(
  packed: Packed<readonly Connection[]>,
  intern: Intern,
): readonly Connection[] {
  return unpack(packed, replaceInConnections).map((connection) => ({
    ...connection,
    gateway: intern(connection.gateway),
    tenant: connection.tenant === connection.id ? connection.id : intern(connection.tenant),
    labels: intern(connection.labels),
    channels: connection.channels && intern(connection.channels),
    ...(connection.probe && { probe: intern(connection.probe) }),
  }));
}

export type Intern = <T extends string | object>(value: T) => T;

/** Cloning between threads makes a copy of everything; this finds the copies again. It lives as long as one load. */
export function createIntern(): Intern {
  const known = new Map<string, unknown>();
  return (value) => {
    const key = typeof value === 'string' ? value : JSON.stringify(value);
    const first = known.get(key);
    if (first !== undefined) return first as typeof value;
    known.set(key, value);
    return value;
  };
}

type Replace = (reference: Reference) => Reference;
type Walk<T> = (content: T, replace: Replace) => T;

function pack<T>(content: T, walk: Walk<T>): Packed<T> {
  const secrets: string[] = [];
  walk(content, (reference) => {
    if (reference.kind === 'literal') secrets.push(reference.value.reveal());
    return reference;
  });
  return { content, secrets };
}

function unpack<T>(packed: Packed<T>, walk: Walk<T>): T {
  const secrets = packed.secrets.values();
  return walk(packed.content, (reference) => {
    // Made anew, since a clone has a copy of the word `kind` stands for, a hundred thousand times in a large fleet.
    switch (reference.kind) {
      case 'literal':
        return { kind: 'literal', value: new Secret(secrets.next().value ?? '') };
      case 'file':
        return { kind: 'file', path: reference.path };
      case 'env':
        return { kind: 'env', name: reference.name };
      case 'exec':
        return { kind: 'exec', command: reference.command, directory: reference.directory };
      default:
        return reference satisfies never;
    }
  });
}

function replaceInSettings(settings: Settings, replace: Replace): Settings {
  const channels = settings.alerts.channels.map((channel) => ({
    ...channel,
    options: Object.fromEntries(
      Object.entries(channel.options).map(([name, value]) => [
        name,
        isReference(value) ? replace(value) : value,
      ]),
    ),
  }));
  const { redisUrl, http } = settings;
  const { heartbeat } = settings.alerts;
  return {
    ...settings,
    alerts: {
      ...settings.alerts,
      channels,
      heartbeat: heartbeat === null ? null : { ...heartbeat, url: replace(heartbeat.url) },
    },
    redisUrl: redisUrl === null ? null : replace(redisUrl),
    http: { ...http, token: http.token === null ? null : replace(http.token) },
  };
}

function replaceInConnections(connections: readonly Connection[], replace: Replace): readonly Connection[] {
  return connections.map((connection) => ({
    ...connection,
    clientId: replace(connection.clientId),
    clientSecret: replace(connection.clientSecret),
  }));
}

function isReference(value: OptionValue): value is Reference {
  return typeof value === 'object' && 'kind' in value;
}
