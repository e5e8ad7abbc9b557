import { classify, type ExchangeOutcome, type VendorCodes } from '../domain/classify.ts';
import type { Connection } from '../domain/connection.ts';
import type { Observation } from '../domain/health.ts';
import { issuedToken } from '../domain/issued-token.ts';
import { redactor } from '../domain/redact.ts';
import type { Reference } from '../domain/reference.ts';
import type { Secret } from '../domain/secret.ts';

/** What a probe needs from the rooms that do input and output. */
export interface ProbePorts {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Throws an Error with a `code` and a one-line message that tells no secret. */
  readonly resolve: (reference: Reference) => Promise<Secret>;
  /** Never throws. */
  readonly exchange: (connection: Connection, clientId: Secret, secret: Secret) => Promise<ExchangeOutcome>;
  readonly fingerprint: (gateway: string, clientId: Secret, secret: Secret) => string;
  /** Is given the token of a valid exchange, where one is wanted: nothing else ever sees it. */
  readonly issued?: (token: Secret) => void;
}

/** One fresh token exchange and what it proves. Never throws for anything that the answer or the secret can be. */
export async function probe(
  connection: Connection,
  codes: VendorCodes,
  ports: ProbePorts,
): Promise<Observation> {
  let clientId: Secret;
  let secret: Secret;
  try {
    [clientId, secret] = await Promise.all([
      ports.resolve(connection.clientId),
      ports.resolve(connection.clientSecret),
    ]);
  } catch (error) {
    const now = ports.now();
    const result = classify(unavailable(error), { codes, now, redact: (text) => text });
    return { startedAt: now, fingerprint: null, result };
  }
  const fingerprint = ports.fingerprint(connection.gateway, clientId, secret);
  const startedAt = ports.now();
  const outcome = await ports.exchange(connection, clientId, secret);
  const redact = lazyRedactor([clientId, secret]);
  const result = classify(outcome, { codes, now: ports.now(), redact });
  if (ports.issued && result.verdict === 'valid') {
    const token = issuedToken(outcome);
    if (token !== null) ports.issued(token);
  }
  return { startedAt, fingerprint, result };
}

/** Most answers carry a token and nothing to show, so the redactor is only built when it is used. */
function lazyRedactor(secrets: readonly Secret[]): (text: string) => string {
  let redact: ((text: string) => string) | undefined;
  return (text) => {
    redact ??= redactor(secrets);
    return redact(text);
  };
}

function unavailable(error: unknown): ExchangeOutcome {
  const known = error instanceof Error && 'code' in error && typeof error.code === 'string';
  // Anything without a code is a fault of this program, not of the secret's source.
  if (!known) throw error;
  return { kind: 'failure', verdict: 'secret_unavailable', code: String(error.code), message: error.message };
}
