import type { ConnectionIdentity } from './connection.ts';
import type { IncidentKind } from './incident.ts';

export interface Silence {
  readonly id: string;
  readonly startsAt: number;
  readonly endsAt: number;
}
export interface SilencedSubject {
  readonly kind: IncidentKind;
  readonly connection: ConnectionIdentity | null;
  readonly gateways?: readonly string[];
}
export function silencing(_s: SilencedSubject, _silences: readonly Silence[], _now: number): Silence | null {
  return null;
}
