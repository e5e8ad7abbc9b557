import { byId, say } from './elements.ts';
import { remember } from './storage.ts';

const system = matchMedia('(prefers-color-scheme: dark)');

/** Whoever turns back to what the system shows follows the system again. */
export function toggleTheme(): void {
  const dark = !isDark();
  const theme = dark === system.matches ? null : dark ? 'dark' : 'light';
  if (theme === null) delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  remember('theme', theme);
  drawTheme();
}

export function followTheme(): void {
  system.addEventListener('change', drawTheme);
  drawTheme();
}

function isDark(): boolean {
  const chosen = document.documentElement.dataset['theme'];
  return chosen === undefined ? system.matches : chosen === 'dark';
}

function drawTheme(): void {
  const other = isDark() ? 'Light' : 'Dark';
  say(byId('theme'), other);
  byId('theme').setAttribute('aria-label', `${other} theme`);
}
