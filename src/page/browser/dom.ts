import type { Markup, MarkupElement } from '../markup.ts';

const SVG = 'http://www.w3.org/2000/svg';

/**
 * Makes the children of `parent` what `wanted` says and touches nothing that is so already: the focus, the scroll
 * position and a selected text stay where they are.
 */
export function render(parent: Element, wanted: readonly Markup[]): void {
  const focused = document.activeElement;
  patchChildren(parent, wanted);
  // An element that was moved has lost the focus on the way.
  if (focused instanceof HTMLElement && focused.isConnected && document.activeElement !== focused) {
    focused.focus({ preventScroll: true });
  }
}

function patchChildren(parent: Element, wanted: readonly Markup[]): void {
  const known = keyedChildren(parent);
  const kept = new Set(wanted.map((one) => (typeof one === 'string' ? null : one.key)));
  let next = parent.firstChild;
  for (const one of wanted) {
    next = withoutGone(next, kept);
    const node = existing(one, next, known) ?? create(one, parent);
    if (node === next) next = next.nextSibling;
    else parent.insertBefore(node, next);
    update(node, one);
  }
  while (next !== null) {
    const gone = next;
    next = next.nextSibling;
    gone.remove();
  }
}

function keyedChildren(parent: Element): ReadonlyMap<string, Element> {
  const found = new Map<string, Element>();
  for (const child of parent.children) {
    const key = child.getAttribute('data-key');
    if (key !== null) found.set(key, child);
  }
  return found;
}

/** Removes what has a key that is wanted no more, so that what follows need not be moved. */
function withoutGone(from: ChildNode | null, kept: ReadonlySet<string | null>): ChildNode | null {
  let next = from;
  while (next instanceof Element) {
    const key = next.getAttribute('data-key');
    if (key === null || kept.has(key)) return next;
    const gone = next;
    next = next.nextSibling;
    gone.remove();
  }
  return next;
}

function existing(
  wanted: Markup,
  next: ChildNode | null,
  known: ReadonlyMap<string, Element>,
): ChildNode | null {
  if (typeof wanted === 'string') return next instanceof Text ? next : null;
  const candidate = wanted.key === null ? next : (known.get(wanted.key) ?? null);
  if (!(candidate instanceof Element) || candidate.localName !== wanted.tag) return null;
  return wanted.key === null && candidate.hasAttribute('data-key') ? null : candidate;
}

function create(wanted: Markup, parent: Element): ChildNode {
  if (typeof wanted === 'string') return document.createTextNode(wanted);
  const drawn = wanted.tag === 'svg' || parent.namespaceURI === SVG;
  return drawn ? document.createElementNS(SVG, wanted.tag) : document.createElement(wanted.tag);
}

function update(node: ChildNode, wanted: Markup): void {
  if (typeof wanted === 'string') {
    if (node.nodeValue !== wanted) node.nodeValue = wanted;
    return;
  }
  if (!(node instanceof Element)) return;
  updateAttributes(node, wanted);
  patchChildren(node, wanted.children);
}

function updateAttributes(element: Element, { attributes }: MarkupElement): void {
  for (const name of element.getAttributeNames()) {
    // Whether a part is unfolded is for the reader to say.
    if (!(name in attributes) && name !== 'open') element.removeAttribute(name);
  }
  for (const [name, value] of Object.entries(attributes)) {
    if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  }
}
