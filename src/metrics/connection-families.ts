import type { Connection } from '../domain/connection.ts';
import { isConfirmed } from '../domain/state.ts';
import type { HealthSummary } from '../domain/summary.ts';
import type { SeenConnection } from './snapshot.ts';
import { infoLabelName, labelPairs } from './text-format.ts';

/** What is kept of one connection while a scrape is written. */
export interface Row extends SeenConnection {
  readonly labels: ConnectionLabels;
}

/** The label strings of one connection, without braces. */
export interface ConnectionLabels {
  readonly identity: string;
  /** The configured labels, each with a comma before it. */
  readonly configured: string;
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
    value: (row) => validity(row),
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
    value: (row) => seconds(row.summary?.since),
  },
  {
    name: 'mimecast_credential_last_check_timestamp_seconds',
    help: 'When the last finished check began.',
    value: (row) => seconds(watched(row)?.lastCheckAt),
  },
  {
    name: 'mimecast_credential_last_success_timestamp_seconds',
    help: 'When the last check that was given a token began.',
    value: (row) => seconds(watched(row)?.lastSuccessAt),
  },
  {
    name: 'mimecast_credential_check_interval_seconds',
    help: 'Configured time between two checks.',
    value: (row) => (row.state === 'disabled' ? null : row.connection.intervalMs / 1_000),
  },
  {
    name: 'mimecast_credential_consecutive_rejections',
    help: 'Counted rejections in a row.',
    value: (row) => (row.state === 'disabled' ? null : (row.summary?.rejections ?? 0)),
  },
  {
    name: 'mimecast_credential_secret_expiry_timestamp_seconds',
    help: 'When the secret expires, as its owner declared.',
    value: (row) => (row.state === 'disabled' ? null : seconds(row.connection.secretExpiresAt)),
  },
  {
    name: 'mimecast_credential_token_lifetime_seconds',
    help: 'Lifetime of the token issued last.',
    value: (row) => watched(row)?.tokenLifetimeSeconds ?? null,
  },
  {
    name: 'mimecast_credential_permission',
    help: 'Whether the probed call is permitted (1) or confirmed to be denied (0); absent while neither is known.',
    value: (row) => permissionOf(watched(row)),
  },
  {
    name: 'mimecast_credential_last_probe_timestamp_seconds',
    help: 'When the last finished permission probe began.',
    value: (row) => seconds(watched(row)?.permissionAskedAt),
  },
  {
    name: 'mimecast_credential_info',
    help: 'Always 1; carries the configured labels as label_*.',
    value: () => 1,
    labels: ({ labels }) => labels.identity + labels.configured,
  },
];

export function rowOf({ connection, summary, state }: SeenConnection): Row {
  return { connection, summary, state, labels: labelsOf(connection) };
}

/**
 * What is known of a connection that is checked. Of a disabled one only what it is remains: an old check, a declared
 * expiry or an interval would only raise false alarms.
 */
function watched({ state, summary }: Row): HealthSummary | null {
  return state === 'disabled' ? null : summary;
}

function validity({ state, summary }: Row): 0 | 1 | null {
  if (isConfirmed(state)) return 0;
  if (state === 'healthy') return 1;
  // One refusal proves nothing yet: keys that worked count as working until it is confirmed.
  return state === 'suspect' && summary?.hasWorked ? 1 : null;
}

function permissionOf(summary: HealthSummary | null): 0 | 1 | null {
  const state = summary?.permission ?? 'unknown';
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

/** Prometheus' time, of epoch milliseconds. */
function seconds(epochMs: number | null | undefined): number | null {
  return epochMs === null || epochMs === undefined ? null : epochMs / 1_000;
}

/** A reload makes new connection objects, so that a string lives exactly as long as what it was made from. */
const labelCache = new WeakMap<Connection, ConnectionLabels>();

function labelsOf(connection: Connection): ConnectionLabels {
  const cached = labelCache.get(connection);
  if (cached) return cached;
  const { id, tenant, gateway } = connection;
  const identity = labelPairs({ connection: id, tenant, gateway });
  const labels = { identity, configured: configuredLabels(connection.labels) };
  labelCache.set(connection, labels);
  return labels;
}

/** Connections whose labels are alike share them, and so this text. */
const configuredCache = new WeakMap<Connection['labels'], string>();

function configuredLabels(labels: Connection['labels']): string {
  const cached = configuredCache.get(labels);
  if (cached !== undefined) return cached;
  const pairs = labelPairs(infoLabels(labels));
  const text = pairs === '' ? '' : `,${pairs}`;
  configuredCache.set(labels, text);
  return text;
}

/** The config refuses names that are one once sanitised; a label that stood twice here would void the whole scrape. */
function infoLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const [name, value] of Object.entries(labels)) shown[infoLabelName(name)] ??= value;
  return shown;
}
