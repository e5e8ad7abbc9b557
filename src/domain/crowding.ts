interface Asked {
  readonly gateway: string;
  readonly intervalMs: number;
  readonly enabled: boolean;
}

/**
 * How many times as often as `maxPerSecond` allows the enabled connections of a gateway want to be asked, and so how many
 * intervals lie between two turns of each. Gateways that may be asked often enough are left out.
 */
export function crowdingOf(connections: Iterable<Asked>, maxPerSecond: number): ReadonlyMap<string, number> {
  const wanted = new Map<string, number>();
  for (const { gateway, intervalMs, enabled } of connections) {
    if (enabled) wanted.set(gateway, (wanted.get(gateway) ?? 0) + 1_000 / intervalMs);
  }
  const shares = [...wanted].map(([gateway, perSecond]): [string, number] => [
    gateway,
    perSecond / maxPerSecond,
  ]);
  return new Map(shares.filter(([, share]) => share > 1));
}
