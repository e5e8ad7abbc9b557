// What is left out of mutation testing: sentences for people. A test of them could only repeat them; which of them is
// chosen is decided by code around them, and that is mutated. Names that code compares are never this long.
import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

const THREE_WORDS = /\S \S+ \S/;

const prose = {
  shouldIgnore: ({ node }) => (isSentence(node) ? 'This is prose.' : undefined),
};

/** Everything inside a template would be left out with it, so one that decides something is mutated. */
function isSentence(node) {
  if (node.type === 'StringLiteral') return THREE_WORDS.test(node.value);
  if (node.type !== 'TemplateLiteral') return false;
  const texts = node.quasis.map(({ value }) => value.raw);
  return THREE_WORDS.test(texts.join('x')) && node.expressions.every(isPlain);
}

function isPlain({ type }) {
  return type === 'Identifier' || type === 'MemberExpression';
}

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, 'prose', prose)];
