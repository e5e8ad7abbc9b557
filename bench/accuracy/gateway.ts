import type { ExchangeOutcome } from '../../src/domain/classify.ts';
import type { Connection } from '../../src/domain/connection.ts';
import type { Dice } from './random.ts';
import { type KeyTrouble, type World, within } from './world.ts';

export interface Answer {
  readonly outcome: ExchangeOutcome;
  readonly tookMs: number;
}

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const BODIES = {
  token: json({ access_token: 'simulated', token_type: 'Bearer', expires_in: 1_799, scope: '' }),
  refused: json({ fail: [{ code: 'InvalidClientIdentifier', message: 'Client credentials are invalid' }] }),
  unknownCode: json({ fail: [{ code: 'token_verification_failed', message: 'Unauthorized' }] }),
  forbidden: json({
    fail: [{ code: 'app_forbidden', message: 'Forbidden to perform the requested operation' }],
  }),
  busy: json({ fail: [{ code: 'TooManyRequests' }] }),
  page: Buffer.from('<!doctype html><title>Request blocked</title><h1>Access denied</h1>'),
  empty: Buffer.alloc(0),
};

const answer = (status: number, body: Buffer, headers: Record<string, string> = {}): Answer => ({
  outcome: { kind: 'answer', status, headers, body, oversized: false },
  tookMs: 120,
});

/** The two Mimecasts and the network between, as they are at a moment of true time. */
export class SimulatedGateways {
  readonly #world: World;
  readonly #dice: Dice;
  readonly #troubles = new Map<string, KeyTrouble[]>();

  constructor(world: World, dice: Dice) {
    this.#world = world;
    this.#dice = dice;
    for (const trouble of world.troubles) {
      const known = this.#troubles.get(trouble.connection) ?? [];
      this.#troubles.set(trouble.connection, [...known, trouble]);
    }
  }

  troublesOf(id: string): readonly KeyTrouble[] {
    return this.#troubles.get(id) ?? [];
  }

  /** Names the secret that the monitor would use now. */
  secretOf(id: string, at: number): string {
    const replaced = (this.#world.rotations.get(id) ?? []).filter((time) => time <= at).length;
    const ahead = this.troublesOf(id).some(({ kind, from }) => kind === 'vault_ahead' && from <= at);
    return `${id}/${replaced + (ahead ? 1 : 0)}`;
  }

  ask(connection: Connection, at: number): Answer {
    const { dnsGone, gateways, spuriousOneIn } = this.#world;
    if (within(dnsGone, at)) return failure('network_error', 'ENOTFOUND', 40);
    for (const one of gateways) {
      if (one.gateway !== connection.gateway || at < one.from || at >= one.to) continue;
      switch (one.trouble) {
        case 'error_503':
          return answer(503, BODIES.empty);
        case 'timeout':
          return failure('timeout', null, connection.timeoutMs);
        case 'waf_page':
          return answer(403, BODIES.page, { 'content-type': 'text/html' });
        case 'rate_limited':
          return answer(429, BODIES.busy, { 'x-ratelimit-reset': '30000' });
        case 'rejects_all':
          if (this.#dice.next() < 0.8) return answer(401, BODIES.refused);
          break;
        default:
          one.trouble satisfies never;
      }
    }
    const trouble = this.troublesOf(connection.id).find(({ from, to }) => at >= from && at < to);
    if (trouble) return refusal(trouble);
    return this.#dice.below(spuriousOneIn) === 0 ? answer(401, BODIES.refused) : answer(200, BODIES.token);
  }
}

function refusal({ kind }: KeyTrouble): Answer {
  switch (kind) {
    case 'revoked':
    case 'expired':
    case 'vault_ahead':
      return answer(401, BODIES.refused);
    case 'unknown_code':
      return answer(401, BODIES.unknownCode);
    case 'forbidden':
      return answer(403, BODIES.forbidden);
    default:
      return kind satisfies never;
  }
}

function failure(verdict: 'timeout' | 'network_error', code: string | null, tookMs: number): Answer {
  return { outcome: { kind: 'failure', verdict, code, message: null }, tookMs };
}
