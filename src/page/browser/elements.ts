/** The element of the document with this id. Throws when there is none: the page is then of another build. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}`);
  return found;
}

export function inputOf(id: string): HTMLInputElement | HTMLSelectElement {
  const found = byId(id);
  if (found instanceof HTMLInputElement || found instanceof HTMLSelectElement) return found;
  throw new Error(`#${id} takes no input`);
}

export function dialogOf(id: string): HTMLDialogElement {
  const found = byId(id);
  if (found instanceof HTMLDialogElement) return found;
  throw new Error(`#${id} is no dialog`);
}

/** Sets a text only where it differs, so that nobody is read the same again. */
export function say(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
