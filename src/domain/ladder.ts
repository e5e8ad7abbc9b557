/** How far the warnings before one declared expiry have come. Times are epoch milliseconds. */
export interface Ladder {
  readonly expiresAt: number;
  /** The tightest rung that was announced, in milliseconds before the expiry; 0 is the expiry itself. */
  readonly rung: number | null;
  /** Since when another secret is used while the date is the same. */
  readonly changedAt: number | null;
  /** That was said. */
  readonly saidUnchanged: boolean;
}

/** What has to be said at one look. */
export type LadderStep =
  | { readonly kind: 'rung'; readonly last: boolean }
  | { readonly kind: 'reached' }
  | { readonly kind: 'date_not_updated' }
  /** The date was moved: whatever was announced for the old one is over. */
  | { readonly kind: 'date_changed' };

/** Whoever rotates a secret may write the new date a little later. */
const GRACE_MS = 15 * 60_000;

/**
 * One look at a declared expiry. Each rung of `warnBefore` (milliseconds) is announced once per secret and date; after
 * a gap only the tightest one that was missed.
 */
export function climb(
  before: Ladder | null,
  declared: { readonly expiresAt: number; readonly outdated: boolean },
  now: number,
  warnBefore: readonly number[],
): { readonly ladder: Ladder; readonly steps: readonly LadderStep[] } {
  if (before === null) return step(newLadder(declared.expiresAt), now, warnBefore);
  if (before.expiresAt !== declared.expiresAt) {
    const announced = before.rung !== null || before.saidUnchanged;
    const { ladder, steps } = step(newLadder(declared.expiresAt), now, warnBefore);
    return { ladder, steps: announced ? [{ kind: 'date_changed' }, ...steps] : steps };
  }
  if (!declared.outdated) {
    // The secret was put back: the date is right again.
    const ladder = before.changedAt === null ? before : { ...before, changedAt: null, saidUnchanged: false };
    return step(ladder, now, warnBefore);
  }
  const changedAt = before.changedAt ?? now;
  if (before.saidUnchanged || now - changedAt < GRACE_MS)
    return { ladder: before.changedAt === null ? { ...before, changedAt } : before, steps: [] };
  return { ladder: { ...before, changedAt, saidUnchanged: true }, steps: [{ kind: 'date_not_updated' }] };
}

/** When the next warning comes after `after`, the expiry itself being the last (epoch ms); null when none is left. */
export function nextRungAt(expiresAt: number, warnBefore: readonly number[], after: number): number | null {
  const left = [...warnBefore, 0].map((rung) => expiresAt - rung).filter((at) => at > after);
  return left.length === 0 ? null : Math.min(...left);
}

function newLadder(expiresAt: number): Ladder {
  return { expiresAt, rung: null, changedAt: null, saidUnchanged: false };
}

function step(
  ladder: Ladder,
  now: number,
  warnBefore: readonly number[],
): { ladder: Ladder; steps: LadderStep[] } {
  const left = ladder.expiresAt - now;
  const reached = warnBefore.filter((rung) => left <= rung);
  const tightest = left <= 0 ? 0 : Math.min(...reached);
  if (left > 0 && reached.length === 0) return { ladder, steps: [] };
  if (ladder.rung !== null && tightest >= ladder.rung) return { ladder, steps: [] };
  const found: LadderStep =
    tightest === 0 ? { kind: 'reached' } : { kind: 'rung', last: tightest === Math.min(...warnBefore) };
  return { ladder: { ...ladder, rung: tightest }, steps: [found] };
}
