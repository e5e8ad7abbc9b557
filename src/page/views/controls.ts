import { h, type MarkupElement } from '../markup.ts';

/** What the script fills and reads, never draws anew: nothing that somebody types may be taken away. */

export function controls(): MarkupElement {
  return h(
    'search',
    { class: 'controls needs-script' },
    h(
      'label',
      { class: 'control control-search' },
      'Search',
      h('input', {
        id: 'q',
        type: 'search',
        autocomplete: 'off',
        spellcheck: 'false',
        placeholder: 'id, tenant, gateway, label',
        'aria-keyshortcuts': '/',
      }),
    ),
    suggested('tenant', 'Tenant', 'name or part'),
    suggested('label', 'Label', 'name=value'),
    h(
      'button',
      { id: 'clear', type: 'button', class: 'plain', 'data-action': 'clear', hidden: true },
      'Show all',
    ),
  );
}

function suggested(id: string, title: string, placeholder: string): MarkupElement {
  return h(
    'label',
    { class: 'control' },
    title,
    h('input', { id, type: 'text', list: `${id}-choices`, autocomplete: 'off', placeholder }),
    h('datalist', { id: `${id}-choices` }),
  );
}

export function detailsDialog(): MarkupElement {
  return h(
    'dialog',
    { id: 'details', class: 'panel', 'aria-labelledby': 'details-title' },
    h(
      'div',
      { class: 'panel-head' },
      h(
        'div',
        {},
        h('h2', { id: 'details-title', tabindex: -1 }),
        h('p', { id: 'details-tenant', class: 'quiet' }),
      ),
      closeButton(),
    ),
    h('p', { id: 'details-said', class: 'said', role: 'status' }),
    h('div', { id: 'details-body' }),
  );
}

function closeButton(): MarkupElement {
  return h('button', { type: 'button', class: 'plain', 'data-action': 'close' }, 'Close');
}

const DURATIONS = [
  ['30m', '30 minutes'],
  ['1h', '1 hour'],
  ['2h', '2 hours'],
  ['4h', '4 hours'],
  ['8h', '8 hours'],
  ['1d', '1 day'],
  ['3d', '3 days'],
  ['7d', '7 days'],
  ['30d', '30 days'],
] as const;

const SUBJECTS = [
  ['connection', 'one connection'],
  ['tenant', 'a tenant'],
  ['label', 'a label'],
  ['gateway', 'a gateway'],
  ['kind', 'a kind of incident'],
] as const;

export function silenceDialog(): MarkupElement {
  return h(
    'dialog',
    { id: 'silence', class: 'panel panel-small', 'aria-labelledby': 'silence-title' },
    h('div', { class: 'panel-head' }, h('h2', { id: 'silence-title' }, 'Add a silence'), closeButton()),
    h('p', { class: 'quiet' }, 'Nobody is notified while it lasts. Checks, states and metrics go on.'),
    h(
      'form',
      { id: 'silence-form' },
      h('p', { id: 'silence-mistake', class: 'mistake', role: 'alert' }),
      choice('silence-subject', 'Mute', SUBJECTS),
      h(
        'label',
        { class: 'control' },
        h('span', { id: 'silence-value-title' }, 'Which'),
        h('input', {
          id: 'silence-value',
          type: 'text',
          required: true,
          list: 'silence-choices',
          autocomplete: 'off',
        }),
        h('datalist', { id: 'silence-choices' }),
      ),
      choice('silence-duration', 'For', DURATIONS, '2h'),
      field('silence-reason', 'Reason', 500, 'migration, ticket 4711'),
      field('silence-author', 'Your name', 200, ''),
      h('p', { class: 'buttons' }, h('button', { type: 'submit' }, 'Add the silence')),
    ),
  );
}

/** Lifting ends what somebody else may have asked for, and can't be taken back. */
export function liftDialog(): MarkupElement {
  return h(
    'dialog',
    { id: 'lift', class: 'panel panel-small', 'aria-labelledby': 'lift-title' },
    h('div', { class: 'panel-head' }, h('h2', { id: 'lift-title' }, 'Lift this silence?'), closeButton()),
    h('p', { id: 'lift-mistake', class: 'mistake', role: 'alert' }),
    h('p', { id: 'lift-what' }),
    h(
      'p',
      { class: 'quiet' },
      'From then on whoever is configured is told again, also of what is wrong now.',
    ),
    h(
      'p',
      { class: 'buttons' },
      h('button', { id: 'lift-now', type: 'button', 'data-action': 'lift-now' }, 'Lift it'),
      h('button', { type: 'button', class: 'plain', 'data-action': 'close' }, 'Keep it'),
    ),
  );
}

function choice(
  id: string,
  title: string,
  options: readonly (readonly [string, string])[],
  chosen?: string,
): MarkupElement {
  return h(
    'label',
    { class: 'control' },
    title,
    h(
      'select',
      { id },
      options.map(([value, text]) => h('option', { value, selected: value === chosen }, text)),
    ),
  );
}

function field(id: string, title: string, longest: number, placeholder: string): MarkupElement {
  return h(
    'label',
    { class: 'control' },
    title,
    h('input', { id, type: 'text', required: true, maxlength: longest, placeholder, autocomplete: 'off' }),
  );
}
