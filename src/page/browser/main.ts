import { STATES } from '../../domain/state.ts';
import { type Filters, NO_FILTERS, readHash, SORT_KEYS, sortedBy, writeHash } from '../filters.ts';
import { MORE_OPEN, MOST_OPEN } from '../views/incidents.ts';
import { setClock } from './api.ts';
import { checkNow, followDetails } from './details.ts';
import { drawFilters, drawTimes, foundText } from './draw.ts';
import { byId, dialogOf, inputOf } from './elements.ts';
import { drawAge, followVisibility, refresh } from './live.ts';
import { mayChange, model } from './model.ts';
import { announce, showBroken } from './notice.ts';
import { askWhetherToLift, followSilenceForm, lift, openSilenceForm } from './silences.ts';
import { followTheme, toggleTheme } from './theme.ts';

/** Shorter than a pause in thought, longer than the next letter takes. */
const TYPING_MS = 150;

let typing: ReturnType<typeof setTimeout> | undefined;

/** Shows other rows; `step` leaves the former view behind the browser's Back button. */
async function show(filters: Filters, step: boolean): Promise<void> {
  const rowsChange =
    writeHash({ ...filters, connection: null }) !== writeHash({ ...model.filters, connection: null });
  model.filters = filters;
  const address = location.pathname + writeHash(filters);
  if (step) history.pushState(null, '', address);
  else history.replaceState(null, '', address);
  await follow(rowsChange);
}

async function follow(rowsChange: boolean): Promise<void> {
  drawFilters();
  void followDetails();
  if (!rowsChange) return;
  if ((await refresh()) && foundText() !== '') announce(foundText());
}

function typed(change: Partial<Filters>): void {
  model.filters = { ...model.filters, ...change, page: 0 };
  clearTimeout(typing);
  typing = setTimeout(() => {
    history.replaceState(null, '', location.pathname + writeHash(model.filters));
    void follow(true);
  }, TYPING_MS);
}

type Act = (value: string, target: HTMLElement, event: MouseEvent) => void;

/** What is clicked says by `data-action` what it is for: rows come and go, and need no listeners of their own. */
const ACTIONS: Readonly<Record<string, Act>> = {
  'toggle-state': (value) => {
    const { filters } = model;
    const states = STATES.filter((state) => (state === value) !== filters.states.includes(state));
    void show({ ...filters, states, page: 0 }, true);
  },
  'more-incidents': () => {
    model.openLimit = Math.min(model.openLimit + MORE_OPEN, MOST_OPEN);
    void refresh();
  },
  sort: (value) => {
    const key = SORT_KEYS.find((one) => one === value);
    if (key) void show(sortedBy(model.filters, key), true);
  },
  page: (value) => {
    void show({ ...model.filters, page: Number(value) }, true);
    byId('connections-heading').scrollIntoView();
  },
  label: (label) => void show({ ...model.filters, label, page: 0 }, true),
  clear: () => {
    const { sort, descending } = model.filters;
    void show({ ...NO_FILTERS, sort, descending }, true);
    inputOf('q').focus();
  },
  details: (connection, _, event) => {
    // With a key held it is a link like any other.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    void show({ ...model.filters, connection }, true);
  },
  close: (_, target) => target.closest('dialog')?.close(),
  check: (id) => void checkNow(id),
  silence: (id) => openSilenceForm(id === '' ? null : id),
  lift: (id) => askWhetherToLift(id),
  'lift-now': (id) => void lift(id, () => void refresh()),
  jump: (heading, _, event) => {
    event.preventDefault();
    byId(heading).focus();
  },
  theme: () => toggleTheme(),
  reload: () => location.reload(),
};

function listen(): void {
  document.addEventListener('click', (event) => {
    const target =
      event.target instanceof Element ? event.target.closest<HTMLElement>('[data-action]') : null;
    if (target) ACTIONS[target.dataset['action'] ?? '']?.(target.dataset['value'] ?? '', target, event);
  });
  for (const name of ['q', 'tenant', 'label'] as const) {
    const input = inputOf(name);
    input.addEventListener('input', () => typed({ [name]: input.value }));
  }
  document.addEventListener('keydown', (event) => {
    const writing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    if (event.key !== '/' || writing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector('dialog[open]')) return;
    event.preventDefault();
    inputOf('q').focus();
  });
  // Back, forward, or an address that somebody typed.
  for (const name of ['popstate', 'hashchange']) {
    window.addEventListener(name, () => {
      const before = writeHash({ ...model.filters, connection: null });
      model.filters = readHash(location.hash);
      void follow(writeHash({ ...model.filters, connection: null }) !== before);
    });
  }
  // Escape closes it too.
  dialogOf('details').addEventListener('close', () => {
    const { connection } = model.filters;
    if (connection === null) return;
    model.details = null;
    void show({ ...model.filters, connection: null }, true);
    document.querySelector<HTMLElement>(`#rows [data-key="${CSS.escape(connection)}"] a.id`)?.focus();
  });
  for (const dialog of document.querySelectorAll('dialog')) {
    dialog.addEventListener('click', (event) => {
      if (event.target === dialog && isOutside(dialog, event)) dialog.close();
    });
  }
}

function isOutside(dialog: HTMLElement, { clientX, clientY }: MouseEvent): boolean {
  const { left, right, top, bottom } = dialog.getBoundingClientRect();
  return clientX < left || clientX > right || clientY < top || clientY > bottom;
}

for (const name of ['error', 'unhandledrejection']) window.addEventListener(name, showBroken);
setClock(Number(document.documentElement.dataset['now']));
model.filters = readHash(location.hash);
byId('add-silence').hidden = !mayChange();
followTheme();
followVisibility();
followSilenceForm(() => void refresh());
listen();
drawFilters();
void refresh();
void followDetails();
setInterval(() => {
  drawTimes();
  drawAge();
}, 1_000);
