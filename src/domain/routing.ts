import type { ConnectionIdentity } from './connection.ts';
import type { IncidentCause, IncidentKind, Severity } from './incident.ts';

/** What a route asks of an incident; every given field must match. */
export interface RouteMatch {
  readonly kind?: IncidentKind;
  readonly severity?: Severity;
  readonly cause?: IncidentCause;
  readonly tenant?: string;
  readonly gateway?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface Route {
  readonly match: RouteMatch;
  readonly channels: readonly string[];
  readonly continue: boolean;
}
