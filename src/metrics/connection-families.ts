import type { Connection } from '../domain/connection.ts';
import { isConfirmed, type State } from '../domain/state.ts';
import type { SeenConnection } from './snapshot.ts';
import { infoLabelName, labelPairs } from './text-format.ts';

/** What is kept of one connection while a scrape is written: the values of its series, null where it has none. */
export interface Row {
  readonly labels: ConnectionLabels;
  readonly state: State;
  readonly valid: 0 | 1 | null;
  /** Times in epoch seconds, as Prometheus has them. */
  readonly since: number | null;
  readonly lastCheck: number | null;
  readonly lastSuccess: number | null;
  readonly intervalSeconds: number | null;
  readonly rejections: number | null;
  readonly expiry: number | null;
  readonly tokenLifetime: number | null;
  readonly permission: 0 | 1 | null;
  readonly lastProbe: number | null;
}

/** The label strings of one connection, without braces. */
export interface ConnectionLabels {
  readonly identity: string;
  /** `identity` and the configured labels. */
  readonly info: string;
}

export interface ConnectionFamily {
  readonly name: string;
  readonly help: string;
  /** The sample's value, or null for no sample. */
  readonly value: (row: Row) => number | null;
  /** Labels other than the identity alone. */
  readonly labels?: (row: Row) => string;
}

/** The per-connection series of contract section 5. */
export const CONNECTION_FAMILIES: readonly ConnectionFamily[] = [
  {
    name: 'mimecast_credential_valid',
    help: 'Whether the key pair works (1) or is confirmed not to (0); absent while neither is known.',
    value: (row) => row.valid,
  },
  {
    name: 'mimecast_credential_state',
    help: 'Always 1; the state label is what is known of the key pair.',
    value: () => 1,
    labels: (row) => `${row.labels.identity},state="${row.state}"`,
  },
  {
    name: 'mimecast_credential_state_since_timestamp_seconds',
    help: 'When the present state began.',
    value: (row) => row.since,
  },
  {
    name: 'mimecast_credential_last_check_timestamp_seconds',
    help: 'When the last finished check began.',
    value: (row) => row.lastCheck,
  },
  {
    name: 'mimecast_credential_last_success_timestamp_seconds',
    help: 'When the last check that was given a token began.',
    value: (row) => row.lastSuccess,
  },
  {
    name: 'mimecast_credential_check_interval_seconds',
    help: 'Configured time between two checks.',
    value: (row) => row.intervalSeconds,
  },
  {
    name: 'mimecast_credential_consecutive_rejections',
    help: 'Counted rejections in a row.',
    value: (row) => row.rejections,
  },
  {
    name: 'mimecast_credential_secret_expiry_timestamp_seconds',
    help: 'When the secret expires, as its owner declared.',
    value: (row) => row.expiry,
  },
  {
    name: 'mimecast_credential_token_lifetime_seconds',
    help: 'Lifetime of the token issued last.',
    value: (row) => row.tokenLifetime,
  },
  {
    name: 'mimecast_credential_permission',
    help: 'Whether the probed call is permitted (1) or confirmed to be denied (0); absent while neither is known.',
    value: (row) => row.permission,
  },
  {
    name: 'mimecast_credential_last_probe_timestamp_seconds',
    help: 'When the last finished permission probe began.',
    value: (row) => row.lastProbe,
  },
  {
    name: 'mimecast_credential_info',
    help: 'Always 1; carries the configured labels as label_*.',
    value: () => 1,
    labels: (row) => row.labels.info,
  },
];

/**
 * The values of one connection's series. Of a disabled one only what it is remains: nobody checks it, so an old
 * check, a declared expiry or an interval would only raise false alarms.
 */
export function rowOf({ connection, record, state }: SeenConnection): Row {
  const watched = state !== 'disabled';
  return {
    labels: labelsOf(connection),
    state,
    valid: validity(state, record),
    since: seconds(record?.since ?? null),
    lastCheck: watched ? seconds(record?.lastCheckAt ?? null) : null,
    lastSuccess: watched ? seconds(record?.lastSuccessAt ?? null) : null,
    intervalSeconds: watched ? connection.intervalMs / 1_000 : null,
    rejections: watched ? (record?.rejections ?? 0) : null,
    expiry: watched ? seconds(connection.secretExpiresAt) : null,
    tokenLifetime: watched ? (record?.tokenLifetimeSeconds ?? null) : null,
    permission: watched ? permissionOf(record) : null,
    lastProbe: watched ? seconds(record?.permission?.askedAt ?? null) : null,
  };
}

function validity(state: State, record: SeenConnection['record']): 0 | 1 | null {
  if (isConfirmed(state)) return 0;
  if (state === 'healthy') return 1;
  // One refusal proves nothing yet: keys that worked count as working until it is confirmed.
  if (state !== 'suspect' || record === null || record.fingerprint === null) return null;
  return record.validFingerprints.includes(record.fingerprint) ? 1 : null;
}

function permissionOf(record: SeenConnection['record']): 0 | 1 | null {
  const state = record?.permission?.state ?? 'unknown';
  switch (state) {
    case 'permitted':
      return 1;
    case 'denied':
      return 0;
    case 'unknown':
      return null;
    default:
      return state satisfies never;
  }
}

function seconds(epochMs: number | null): number | null {
  return epochMs === null ? null : epochMs / 1_000;
}

/** A reload makes new connection objects, so that a string lives exactly as long as what it was made from. */
const labelCache = new WeakMap<Connection, ConnectionLabels>();

function labelsOf(connection: Connection): ConnectionLabels {
  const cached = labelCache.get(connection);
  if (cached) return cached;
  const { id, tenant, gateway } = connection;
  const identity = labelPairs({ connection: id, tenant, gateway });
  const configured = labelPairs(infoLabels(connection.labels));
  const labels = { identity, info: configured === '' ? identity : `${identity},${configured}` };
  labelCache.set(connection, labels);
  return labels;
}

/** The config refuses names that are one once sanitised; a label that stood twice here would void the whole scrape. */
function infoLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const [name, value] of Object.entries(labels)) shown[infoLabelName(name)] ??= value;
  return shown;
}
