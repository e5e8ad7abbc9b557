import { roughDuration } from '../../domain/duration.ts';
import { h, type Markup } from '../markup.ts';
import type { Failure } from './api.ts';
import { render } from './dom.ts';
import { byId, say } from './elements.ts';

/** What is read out by itself comes no more often than this, however quickly the fleet changes. */
const QUIET_MS = 20_000;

let announcedAt = Number.NEGATIVE_INFINITY;
let fleetText: string | null = null;

/** Has it read out at once: it answers what the reader just did. */
export function announce(text: string): void {
  const announcer = byId('announcer');
  // The same words twice in a row would not be read a second time.
  announcer.textContent = announcer.textContent === text ? `${text} ` : text;
}

/** Has it read out when it says something new, but not every few seconds; the latest wins. */
export function announceFleet(text: string): void {
  const first = fleetText === null;
  if (text === fleetText) return;
  const at = performance.now();
  if (!first && at - announcedAt < QUIET_MS) return;
  fleetText = text;
  if (first) return;
  announcedAt = at;
  announce(text);
}

/** `updatedAt` is when the page last had a whole answer, by `performance.now()`. */
export function showFailure(failure: Failure, updatedAt: number): void {
  showNotice([
    h('p', {}, h('strong', {}, failureText(failure)), ' ', ...advice(failure)),
    // Outside of what is read out: it counts every second.
    h('p', { 'aria-live': 'off' }, `What you see is ${age(updatedAt)} old.`),
  ]);
}

/** The monitor serves another page now; this one may not understand it. */
export function showUpdated(): void {
  showNotice([h('p', {}, 'The monitor was updated. ', reloadButton('Load the page again'))]);
}

/** A fault of the page itself: what it shows may be old from now on, which nobody must take for the present. */
export function showBroken(): void {
  showNotice([
    h(
      'p',
      {},
      h('strong', {}, 'This page has failed and shows nothing new. '),
      reloadButton('Load the page again'),
    ),
  ]);
}

/** Nothing hides or empties it in between: what stands there already must not be read out again. */
export function showNotice(content: readonly Markup[]): void {
  const notice = byId('notice');
  notice.hidden = content.length === 0;
  render(notice, content);
}

export function showLive(failure: Failure | null, updatedAt: number): void {
  const text = failure === null ? `Live, ${age(updatedAt)} old` : `Not live, ${age(updatedAt)} old`;
  const live = byId('live');
  live.classList.toggle('live-lost', failure !== null);
  say(live, text);
}

function age(updatedAt: number): string {
  return roughDuration(performance.now() - updatedAt);
}

export function failureText(failure: Failure): string {
  switch (failure.kind) {
    case 'unreachable':
      return "The monitor can't be reached.";
    case 'unauthenticated':
      return 'The monitor asks for its token again.';
    case 'refused':
      return failure.detail;
    default:
      return failure satisfies never;
  }
}

function advice(failure: Failure): Markup[] {
  switch (failure.kind) {
    case 'unreachable':
      return ['The page tries again by itself. Notifications do not depend on this page.'];
    case 'unauthenticated':
      return [reloadButton('Sign in again')];
    case 'refused':
      return ['The page tries again by itself.'];
    default:
      return failure satisfies never;
  }
}

function reloadButton(text: string): Markup {
  return h('button', { type: 'button', 'data-action': 'reload' }, text);
}
