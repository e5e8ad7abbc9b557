// What is left out of mutation testing: sentences for people, in the files that hold nothing but wording. A test of
// them could only repeat them. Words without a space are left in: they may be names that code compares.
import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

const WORDING = /(^|\/)(wording[\w-]*|remedies|state-meaning)\.ts$/;

const prose = {
  shouldIgnore(path) {
    if (!WORDING.test(path.node.loc?.filename ?? '') || !isSentence(path.node)) return undefined;
    return 'This is prose.';
  },
};

/** Everything inside a template would be left out with it, so one that decides something is mutated. */
function isSentence(node) {
  if (node.type === 'StringLiteral') return node.value.includes(' ');
  if (node.type !== 'TemplateLiteral') return false;
  const texts = node.quasis.map(({ value }) => value.raw);
  return texts.some((text) => text.includes(' ')) && node.expressions.every(isPlain);
}

function isPlain({ type }) {
  return type === 'Identifier' || type === 'MemberExpression';
}

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, 'prose', prose)];
