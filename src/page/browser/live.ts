import type { ConnectionPage, IncidentPage, Overview, ShownSilence } from '../data.ts';
import { apiQuery, withinPages, writeHash } from '../filters.ts';
import { MOST_RESOLVED } from '../views/incidents.ts';
import { type Answer, type Failure, read } from './api.ts';
import { loadDetails } from './details.ts';
import { draw } from './draw.ts';
import { model } from './model.ts';
import { showFailure, showLive, showNotice, showUpdated } from './notice.ts';

const EVERY_MS = 5_000;
const LONGEST_PAUSE_MS = 30_000;

let timer: ReturnType<typeof setTimeout> | undefined;
let asking: AbortController | null = null;
let failures = 0;
let failure: Failure | null = null;
/** What the server drew is as old as the page. */
let updatedAt = performance.now();

/**
 * Asks for everything now, and again and again from then on; whatever was being asked is forgotten. True when all was
 * answered and nobody asked anew meanwhile.
 */
export async function refresh(): Promise<boolean> {
  clearTimeout(timer);
  asking?.abort();
  const mine = new AbortController();
  asking = mine;
  try {
    settle(await load(mine.signal));
  } catch (error) {
    // Somebody asked anew meanwhile.
    if (mine.signal.aborted) return false;
    throw error;
  }
  if (asking === mine) asking = null;
  schedule();
  return failure === null;
}

/** Stops while nobody looks, and catches up at once when somebody does. */
export function followVisibility(): void {
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      clearTimeout(timer);
      asking?.abort();
    } else {
      void refresh();
    }
  });
}

/** Called every second: how old everything is. */
export function drawAge(): void {
  showLive(failure, updatedAt);
  if (failure !== null) showFailure(failure, updatedAt);
}

function schedule(): void {
  // Asking again would only bring up the browser's question for the token again.
  if (document.hidden || failure?.kind === 'unauthenticated') return;
  const pause = Math.min(EVERY_MS * 2 ** Math.max(0, failures - 1), LONGEST_PAUSE_MS);
  timer = setTimeout(() => void refresh(), pause);
}

async function load(signal: AbortSignal): Promise<Failure | null> {
  const [overview, page, open, resolved, silences] = await Promise.all([
    read<Overview>('/api/v1/overview', signal),
    read<ConnectionPage>(`/api/v1/connections?${apiQuery(model.filters)}`, signal),
    read<IncidentPage>(`/api/v1/incidents?status=open&limit=${model.openLimit}`, signal),
    read<IncidentPage>(`/api/v1/incidents?status=resolved&limit=${MOST_RESOLVED}`, signal),
    read<{ silences: readonly ShownSilence[] }>('/api/v1/silences?status=active&status=pending', signal),
  ]);
  const answers: readonly Answer<unknown>[] = [overview, page, open, resolved, silences];
  for (const answer of answers) if (!answer.ok) return answer.failure;
  if (!overview.ok || !page.ok || !open.ok || !resolved.ok || !silences.ok) return null;
  const filters = withinPages(model.filters, page.value.total);
  if (filters !== model.filters) {
    model.filters = filters;
    history.replaceState(null, '', location.pathname + writeHash(filters));
    return load(signal);
  }
  model.everything = {
    overview: overview.value,
    page: page.value,
    open: open.value,
    resolved: resolved.value,
    silences: silences.value.silences,
  };
  return model.filters.connection === null ? null : loadDetails(signal);
}

function settle(result: Failure | null): void {
  failure = result;
  failures = result === null ? 0 : failures + 1;
  if (result === null) updatedAt = performance.now();
  drawAge();
  if (result !== null) return;
  draw();
  const version = document.documentElement.dataset['version'];
  if (model.everything?.overview.pageVersion === version) showNotice([]);
  else showUpdated();
}
