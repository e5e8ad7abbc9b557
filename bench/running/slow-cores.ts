import type { Monitor } from './monitor.ts';

/** Each of three turns lasts this long; a process runs in one of them and is stopped in the others. */
const TURN_MS = 10;
const TURNS = 3;

/**
 * Gives each process a third of a core, in a turn of its own, as if it ran on a slow core that it shares with nobody:
 * where there are too few cores, it shows what more processes bring as long as they don't compete. Gives a function that
 * lets all run again.
 */
export function onSlowCores(monitors: readonly Monitor[]): () => void {
  let turn = 0;
  for (const monitor of monitors) monitor.pause();
  const timer = setInterval(() => {
    monitors[turn % TURNS]?.pause();
    turn += 1;
    monitors[turn % TURNS]?.resume();
  }, TURN_MS);
  return () => {
    clearInterval(timer);
    for (const monitor of monitors) monitor.resume();
  };
}
