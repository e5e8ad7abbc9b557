import type { SyntaxNode } from '@lezer/common';

/** Where the text stops being PromQL; null when it is. */
export function errorAt(top: SyntaxNode): number | null {
  let at: number | null = null;
  top.cursor().iterate((node) => {
    if (node.type.isError) at ??= node.from;
  });
  return top.firstChild === null ? 0 : at;
}

/** Whether everything in it is read at one point in time. */
export function isSteady(node: SyntaxNode): boolean {
  if (node.name === 'StepInvariantExpr') return true;
  if (node.name === 'VectorSelector') return false;
  return children(node).every(isSteady);
}
const EXPRESSION = /Expr$|Selector$|^FunctionCall$|Literal$/;

/** The parts that have values of their own. */
export function expressions(node: SyntaxNode): SyntaxNode[] {
  return children(node).filter(({ name }) => EXPRESSION.test(name));
}

function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(child);
  return found;
}

/** Everything of this kind in it, however deep. */
export function all(node: SyntaxNode, name: string): SyntaxNode[] {
  return children(node).flatMap((child) => (child.name === name ? [child] : all(child, name)));
}

export function wordOf(node: SyntaxNode | null, text: string): string {
  return node === null ? '' : text.slice(node.from, node.to);
}
