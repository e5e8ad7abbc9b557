import type { Route, RouteMatch } from '../domain/routing.ts';

/** With more conditions only the route without any is looked for before it: there are 2^n ways to ask for less. */
const MOST_CONDITIONS = 8;

/**
 * The routes that are never reached, each with the first one that takes all it asks for and does not go on: one that
 * asks for the same or for less.
 */
export function findShadows(routes: readonly Route[]): ReadonlyMap<number, number> {
  const ends = new Map<string, number>();
  const shadows = new Map<number, number>();
  for (const [index, route] of routes.entries()) {
    const conditions = conditionsOf(route.match);
    const lesser = conditions.length > MOST_CONDITIONS ? [[], conditions] : subsets(conditions);
    const found = lesser.flatMap((some) => ends.get(JSON.stringify(some)) ?? []);
    if (found.length > 0) shadows.set(index, Math.min(...found));
    const key = JSON.stringify(conditions);
    if (!route.continue && !ends.has(key)) ends.set(key, index);
  }
  return shadows;
}

/** Each condition as one text, in an order that does not depend on how they were written. */
function conditionsOf({ labels, ...fields }: RouteMatch): readonly string[] {
  const named = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
  const labelled = Object.entries(labels ?? {}).map(([name, value]) => `labels.${name}=${value}`);
  return [...named, ...labelled].toSorted();
}

function subsets(conditions: readonly string[]): readonly (readonly string[])[] {
  const all: (readonly string[])[] = [[]];
  for (const condition of conditions) all.push(...all.map((some) => [...some, condition]));
  return all;
}
