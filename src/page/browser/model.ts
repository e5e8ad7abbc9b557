import type { Everything } from '../data.ts';
import { type Filters, NO_FILTERS } from '../filters.ts';
import type { DetailsShown } from '../views/details.ts';
import { FIRST_OPEN } from '../views/incidents.ts';

/** All that the page knows; it is drawn from this and from nothing else. */
export interface Model {
  filters: Filters;
  /** Null until the first answer: what the server drew stands until then. */
  everything: Everything | null;
  /** Open incidents that are asked for. */
  openLimit: number;
  /** The open details; null while they are closed or not loaded. */
  details: DetailsShown | null;
}

export const model: Model = { filters: NO_FILTERS, everything: null, openLimit: FIRST_OPEN, details: null };

/** Whether the monitor would take changes from here: it refuses those that come by another host name than its own. */
export function mayChange(): boolean {
  return document.documentElement.dataset['host'] === location.host;
}
