import type { PermissionState } from '../domain/permission.ts';
import type { State } from '../domain/state.ts';

/** What the API answers with, as far as the page shows it. A newer monitor may say more. Times are ISO 8601 UTC. */

export interface ConnectionRow {
  readonly id: string;
  readonly tenant: string;
  readonly gateway: string;
  readonly state: State;
  readonly since: string | null;
  readonly lastCheckAt: string | null;
  readonly lastVerdict: string | null;
  readonly lastSuccessAt: string | null;
  readonly consecutiveRejections: number;
  readonly secretExpiresAt: string | null;
  /** The date is that of a secret that was replaced since. */
  readonly expiryOutdated: boolean;
  /** What a probe with its tokens has shown; null where none is made. */
  readonly permission: PermissionState | null;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ConnectionPage {
  readonly connections: readonly ConnectionRow[];
  /** How many fit the filter, on this page or not. */
  readonly total: number;
}

export interface ShownEvidence {
  readonly verdict: string;
  readonly httpStatus: number | null;
  readonly code: string | null;
  readonly requestId: string | null;
}

export interface Change {
  readonly at: string;
  readonly from: State;
  readonly to: State;
  readonly reason: string;
  readonly evidence: ShownEvidence | null;
  readonly consecutiveRejections: number;
}

export interface ConnectionDetails extends ConnectionRow {
  readonly history: readonly Change[];
  readonly evidence: ShownEvidence | null;
  /** As in the config, e.g. `5m`. */
  readonly interval: string;
  readonly confirmations: number;
  readonly probe: ShownProbe | null;
}

export interface ShownProbe {
  /** E.g. `GET /identity/whoami`. */
  readonly call: string;
  readonly interval: string;
  readonly since: string | null;
  readonly lastProbeAt: string | null;
  readonly lastAnswer: {
    readonly result: string;
    readonly httpStatus: number | null;
    readonly code: string | null;
    readonly requestId: string | null;
  } | null;
}

export interface ShownGateway {
  readonly gateway: string;
  /** Connections that are checked. */
  readonly watched: number;
  readonly states: Readonly<Partial<Record<State, number>>>;
  /** Since when an outage is known; null without one. */
  readonly outageSince: string | null;
  /** Connections whose latest answer was that the rate is limited. */
  readonly rateLimited: number;
  /** Until when they were asked to wait, the longest of them; it may be over. */
  readonly waitsUntil: string | null;
}

export interface Overview {
  /** Of the page that this monitor serves: another than the shown one means that it was updated. */
  readonly pageVersion: string;
  readonly totals: Readonly<Record<State, number>>;
  /** Connections whose keys work, but whose probed call is denied. */
  readonly denied: number;
  readonly lastCheckAt: string | null;
  readonly gateways: readonly ShownGateway[];
  /** The next to expire. */
  readonly expiring: readonly ConnectionRow[];
  /** Some tenants and labels (`name=value`), to choose from. */
  readonly tenants: readonly string[];
  readonly labels: readonly string[];
}

export interface Delivery {
  readonly channel: string;
  readonly state: string;
  readonly at: string | null;
  readonly attempts: number;
  readonly reason: string | null;
}

export interface Notice {
  readonly state: string;
  readonly reason: string | null;
  readonly digest: string | null;
  readonly toldAt: string | null;
  /** What became of the message, channel by channel. */
  readonly deliveries: readonly Delivery[];
}

export interface ShownIncident {
  readonly id: string;
  readonly kind: string;
  readonly cause: string | null;
  readonly status: string;
  readonly resolution: string | null;
  readonly severity: string;
  readonly summary: string;
  readonly description: string;
  readonly remediation: string;
  readonly connection: { readonly id: string; readonly tenant: string } | null;
  readonly connections: { readonly total: number; readonly ids: readonly string[] } | null;
  readonly channels: readonly string[];
  readonly notice: Notice;
  readonly startedAt: string;
  readonly resolvedAt: string | null;
}

export interface IncidentPage {
  readonly incidents: readonly ShownIncident[];
  readonly total: number;
}

export interface ShownSilence {
  readonly id: string;
  readonly status: string;
  readonly match: {
    readonly connection?: string;
    readonly tenant?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly gateway?: string;
    readonly kind?: string;
  };
  readonly startsAt: string;
  readonly endsAt: string;
  readonly reason: string;
  readonly author: string;
}

/** Everything but the details of one connection. */
export interface Everything {
  readonly overview: Overview;
  readonly page: ConnectionPage;
  readonly open: IncidentPage;
  readonly resolved: IncidentPage;
  readonly silences: readonly ShownSilence[];
}
