import { isConfirmed, STATES } from '../../domain/state.ts';
import { isWrong } from '../../domain/state-meaning.ts';
import type { Overview } from '../data.ts';
import { CRITICAL, GOOD, icon, NOTHING, WARNING } from '../icons.ts';
import { h, type Markup } from '../markup.ts';
import { timeElement } from '../times.ts';

export const PRODUCT = 'Mimecast credential monitor';

export type Tone = 'bad' | 'warning' | 'good' | 'quiet';

export interface Headline {
  readonly tone: Tone;
  readonly text: string;
}

/** The one sentence that somebody who has only a second should read. */
export function headlineOf({ totals, denied, gateways }: Overview): Headline {
  const sum = (fits: (state: (typeof STATES)[number]) => boolean) =>
    STATES.filter(fits).reduce((total, state) => total + totals[state], 0);
  const watched = sum((state) => state !== 'disabled');
  const refused = sum(isConfirmed);
  const unsure = sum((state) => isWrong(state) && !isConfirmed(state));
  const out = gateways.filter(({ outageSince }) => outageSince !== null).length;
  const outage = out === 0 ? '' : `; ${count(out, 'gateway is', 'gateways are')} out`;
  if (watched === 0) return { tone: 'quiet', text: 'No connection is watched' };
  if (refused > 0) {
    const text = `${number(refused)} of ${number(watched)} connections ${refused === 1 ? 'is' : 'are'} refused`;
    return { tone: 'bad', text: text + outage };
  }
  if (out > 0)
    return { tone: 'warning', text: `${count(out, 'gateway is', 'gateways are')} out; no key is refused` };
  if (unsure > 0) {
    return {
      tone: 'warning',
      text: `${count(unsure, 'connection has', 'connections have')} no certain answer`,
    };
  }
  if (denied > 0) {
    return {
      tone: 'warning',
      text: `The keys work, but ${count(denied, 'connection is', 'connections are')} denied what is probed`,
    };
  }
  if (totals.healthy === 0) return { tone: 'quiet', text: 'Waiting for the first answers' };
  const waiting = totals.pending === 0 ? '' : `, ${number(totals.pending)} still to be checked`;
  return {
    tone: 'good',
    text: `Nothing is wrong: ${count(totals.healthy, 'connection works', 'connections work')}${waiting}`,
  };
}

/** Of the window: what a tab in the background shows. */
export function titleOf(overview: Overview): string {
  return `${headlineOf(overview).text} · ${PRODUCT}`;
}

export function headlineView(overview: Overview, now: number): readonly Markup[] {
  const { tone, text } = headlineOf(overview);
  return [
    h('div', { class: `headline headline-${tone}` }, icon(ICONS[tone]), h('h1', {}, text)),
    h('p', { class: 'quiet' }, 'Latest answer: ', timeElement(overview.lastCheckAt, now, 'none yet')),
  ];
}

export function number(value: number): string {
  return value.toLocaleString('en-US');
}

export function count(value: number, one: string, many: string): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}

const ICONS: Readonly<Record<Tone, string>> = {
  bad: CRITICAL,
  warning: WARNING,
  good: GOOD,
  quiet: NOTHING,
};
