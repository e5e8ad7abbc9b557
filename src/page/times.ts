import { roughDuration } from '../domain/duration.ts';
import { h, type MarkupElement } from './markup.ts';

const MINUTE = 60_000;

/** "3m ago", "in 2d 4h"; below a minute by tens of seconds, so that it does not flicker. `now` is epoch milliseconds. */
export function relative(iso: string, now: number): string {
  const distance = Date.parse(iso) - now;
  const size = Math.abs(distance);
  if (size < 10_000) return distance > 0 ? 'in a moment' : 'just now';
  const text = roughDuration(size < MINUTE ? Math.floor(size / 10_000) * 10_000 : coarse(size));
  return distance > 0 ? `in ${text}` : `${text} ago`;
}

/** Days need no minutes, hours no seconds, and beyond two weeks days are enough. */
function coarse(ms: number): number {
  const unit = ms >= 14 * 1_440 * MINUTE ? 1_440 * MINUTE : ms >= 1_440 * MINUTE ? 60 * MINUTE : MINUTE;
  return Math.floor(ms / unit) * unit;
}

/** `2026-01-01 09:30:00 UTC` */
export function absolute(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`;
}

/** A time as people say it, with the exact one behind it. The page keeps it current by itself. */
export function timeElement(iso: string | null, now: number, none = 'never'): MarkupElement {
  if (iso === null) return h('span', { class: 'quiet' }, none);
  return h('time', { datetime: iso, title: absolute(iso), 'data-relative': true }, relative(iso, now));
}
