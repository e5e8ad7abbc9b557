import { describe, expect, it } from '@jest/globals';
import { withVariables } from './variables.ts';

describe('variables in a query', () => {
  it.each([
    ['a name', 'x{tenant=~"$tenant"}', 'x{tenant=~"Acme"}'],
    ['a name in braces', `x{tenant=~"\${tenant}"}`, 'x{tenant=~"Acme"}'],
    ['several values', 'x{gateway=~"$gateway"}', 'x{gateway=~"(https://a\\\\.example|b)"}'],
    ['a raw value', `x{\${label:raw}=~"1"}`, 'x{label_tier=~"1"}'],
    ['a pattern', `\${gateway:regex}`, '(https://a\\.example|b)'],
    ['a quote', 'x{label_value="$label_value"}', 'x{label_value="say \\"hi\\""}'],
    ['all values', 'x{state=~"$state"}', 'x{state=~".*"}'],
    [
      'the macros of time',
      'rate(x[$__rate_interval]) + $__range_s + $__interval',
      'rate(x[30s]) + 120 + 15s',
    ],
  ])('are replaced as Grafana does: %s', (_, expr, expected) => {
    const chosen = {
      tenant: 'Acme',
      gateway: ['https://a.example', 'b'],
      label: 'label_tier',
      label_value: 'say "hi"',
    };
    expect(withVariables(expr, chosen, { rateInterval: '30s', range: '2m' })).toBe(expected);
  });

  it('stand for all values when none is chosen, for those of a label that all have when it is a name', () => {
    expect(withVariables(`x{tenant=~"$tenant", \${label:raw}=~"$label_value"}`)).toBe(
      'x{tenant=~".*", gateway=~".*"}',
    );
  });

  it('stand for the number that a query gives, as long as it was not asked', () => {
    expect(withVariables(`rate(x[\${window}s])`)).toBe('rate(x[600s])');
  });

  it('are refused where no dashboard has them', () => {
    expect(() => withVariables('$tennant')).toThrow('No dashboard has a variable tennant');
  });
});
