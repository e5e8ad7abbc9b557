import { hash } from 'node:crypto';
import type { Config } from '../config/config.ts';
import { createLookUp } from '../config/secrets/resolve.ts';
import { createSecretResolver } from '../config/secrets/resolver.ts';
import type { Connection } from '../domain/connection.ts';
import type { Reference } from '../domain/reference.ts';
import type { Secret } from '../domain/secret.ts';
import { type ProbePorts, probe } from '../jobs/probe.ts';
import { createExchanger } from '../mimecast/exchange.ts';
import { tokenRequest } from '../mimecast/token-request.ts';
import type { Answer } from './check-fleet.ts';

export interface AskerOptions {
  readonly checks: Config['checks'];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Milliseconds of a clock that only goes forward. */
  readonly elapsed: () => number;
}

/** Makes the same exchange as a scheduled check, without anything that is remembered. */
export interface Asker {
  ask(connection: Connection): Promise<Answer>;
  /** What was odd about the values that were sent; never the values. */
  keyNotes(connection: Connection): readonly string[];
  /** Ends what is under way; nothing is sent any more. */
  close(): Promise<void>;
}

export function createAsker({ checks, env, now, elapsed }: AskerOptions): Asker {
  const notes = new Map<string, readonly string[]>();
  const lookUp = createLookUp(env);
  const resolver = createSecretResolver({
    now,
    lookUp: async (reference) => {
      const resolved = await lookUp(reference);
      if (resolved.notes.length > 0) notes.set(keyOf(reference), resolved.notes);
      return resolved;
    },
  });
  const exchanger = createExchanger({
    connections: checks.concurrency,
    env,
    allowedHosts: () => checks.allowedHosts,
  });
  let closed = false;

  return {
    ask: async (connection) => {
      const clock: { durationMs: number | null } = { durationMs: null };
      const ports: ProbePorts = {
        now,
        find: (reference, fresh) => resolver.find(reference, { fresh }),
        fingerprint: digestOf,
        exchange: async ({ gateway, timeoutMs }, clientId, secret) => {
          // A secret that took its time must not be sent after the end.
          if (closed) return { kind: 'failure', verdict: 'network_error', code: null, message: null };
          const began = elapsed();
          const outcome = await exchanger.exchange(gateway, tokenRequest(clientId, secret), timeoutMs);
          clock.durationMs = Math.round(elapsed() - began);
          return outcome;
        },
      };
      const { result } = await probe(connection, checks.codes, ports, false);
      return { result, ...clock };
    },
    keyNotes: ({ clientId, clientSecret }) =>
      [clientId, clientSecret].flatMap((reference) => notes.get(keyOf(reference)) ?? []),
    close: () => {
      closed = true;
      return exchanger.close();
    },
  };
}

/** Equal references are looked up once and share what was noted. A literal's value shows as redacted in it. */
function keyOf(reference: Reference): string {
  return JSON.stringify(reference);
}

/** Nothing is kept, so two pairs of keys need only be told from each other within this process. */
function digestOf(_gateway: string, clientId: Secret, secret: Secret): string {
  return hash('sha256', JSON.stringify([clientId.reveal(), secret.reveal()]));
}
