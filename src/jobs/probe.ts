import { classify, type ExchangeOutcome, type VendorCodes } from '../domain/classify.ts';
import type { Connection } from '../domain/connection.ts';
import type { Observation } from '../domain/health.ts';
import { redactor } from '../domain/redact.ts';
import type { Reference } from '../domain/reference.ts';
import type { Secret } from '../domain/secret.ts';
import { type CheckResult, certaintyOf } from '../domain/verdict.ts';

/** What a probe needs from the rooms that do input and output. */
export interface ProbePorts {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** `fresh` looks again now. Throws an Error with a `code` and a one-line message that tells no secret. */
  readonly find: (reference: Reference, fresh: boolean) => Promise<FoundKey>;
  /** Never throws. */
  readonly exchange: (connection: Connection, clientId: Secret, secret: Secret) => Promise<ExchangeOutcome>;
  readonly fingerprint: (gateway: string, clientId: Secret, secret: Secret) => string;
}

export interface FoundKey {
  readonly secret: Secret;
  /** When the latest look-up began; epoch milliseconds. */
  readonly lookedAt: number;
  /** That look-up failed: the value is the last good one. */
  readonly stale: boolean;
}

/** Both keys of a connection, as they were found together. */
interface KeyPair {
  readonly clientId: Secret;
  readonly secret: Secret;
  readonly fingerprint: string;
  readonly lookedAt: number;
  readonly stale: boolean;
}

/**
 * One fresh token exchange and what it proves. Keys that are refused may have been rotated since they were read: they are
 * read again, and when they have changed, only what the gateway says of the new ones counts. Never throws for anything
 * that the answer or the secret can be.
 */
export async function probe(
  connection: Connection,
  codes: VendorCodes,
  ports: ProbePorts,
  fresh = false,
): Promise<Observation> {
  const begun = ports.now();
  let keys = await findKeys(connection, ports, fresh);
  if (keys instanceof Error) return unavailable(keys, codes, ports.now());
  let seen = await ask(connection, keys, codes, ports);
  if (isRefused(seen.result) && keys.lookedAt < begun) {
    const again = await findKeys(connection, ports, true);
    if (again instanceof Error) return unavailable(again, codes, ports.now());
    if (again.fingerprint !== keys.fingerprint) seen = await ask(connection, again, codes, ports);
    keys = again;
  }
  return isRefused(seen.result) && keys.stale ? refusedWhileStale(seen) : seen;
}

/** The keys, or the error with which their source failed. */
async function findKeys(
  { clientId, clientSecret, gateway }: Connection,
  ports: ProbePorts,
  fresh: boolean,
): Promise<KeyPair | Error> {
  try {
    const [id, secret] = await Promise.all([ports.find(clientId, fresh), ports.find(clientSecret, fresh)]);
    return {
      clientId: id.secret,
      secret: secret.secret,
      fingerprint: ports.fingerprint(gateway, id.secret, secret.secret),
      lookedAt: Math.min(id.lookedAt, secret.lookedAt),
      stale: id.stale || secret.stale,
    };
  } catch (error) {
    // Anything without a code is a fault of this program, not of the secret's source.
    if (error instanceof Error && codeOf(error) !== null) return error;
    throw error;
  }
}

async function ask(
  connection: Connection,
  { clientId, secret, fingerprint }: KeyPair,
  codes: VendorCodes,
  ports: ProbePorts,
): Promise<Observation> {
  const startedAt = ports.now();
  const outcome = await ports.exchange(connection, clientId, secret);
  const redact = lazyRedactor([clientId, secret]);
  return { startedAt, fingerprint, result: classify(outcome, { codes, now: ports.now(), redact }) };
}

function isRefused({ verdict }: CheckResult): boolean {
  return certaintyOf(verdict) === 'invalid';
}

/** Most answers carry a token and nothing to show, so the redactor is only built when it is used. */
function lazyRedactor(secrets: readonly Secret[]): (text: string) => string {
  let redact: ((text: string) => string) | undefined;
  return (text) => {
    redact ??= redactor(secrets);
    return redact(text);
  };
}

function unavailable(error: Error, codes: VendorCodes, now: number): Observation {
  const { message } = error;
  const outcome = { kind: 'failure', verdict: 'secret_unavailable', code: codeOf(error), message } as const;
  return {
    startedAt: now,
    fingerprint: null,
    result: classify(outcome, { codes, now, redact: (text) => text }),
  };
}

/**
 * A value that its source does not vouch for may have been replaced there: that it is refused proves nothing of the
 * present keys, which nobody knows.
 */
function refusedWhileStale({ startedAt, result }: Observation): Observation {
  const message = 'the source of the secret fails, and the last value that it gave is refused';
  const changed = { verdict: 'secret_unavailable', code: 'stale_secret_rejected', message } as const;
  return { startedAt, fingerprint: null, result: { ...result, ...changed } };
}

function codeOf(error: Error): string | null {
  return 'code' in error && typeof error.code === 'string' ? error.code : null;
}
