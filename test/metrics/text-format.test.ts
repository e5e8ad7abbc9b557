import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { escapeLabelValue, infoLabelName, labelPairs } from '../../src/metrics/text-format.ts';
import { parseMetrics } from '../helpers/text-format.ts';

function roundTrip(value: string): string | undefined {
  const line = `# HELP up Is up.\n# TYPE up gauge\nup{${labelPairs({ tenant: value, other: 'x' })}} 1\n`;
  return parseMetrics(line)[0]?.labels['tenant'];
}

describe('a label value', () => {
  it('comes back from the text format as it went in, whatever it holds', () => {
    const hostile = fc.array(fc.constantFrom('"', '\\', '\n', ',', '=', '}', '{', ' ', 'n', 'é'));
    const anything = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(
        fc.oneof(
          anything,
          hostile.map((marks) => marks.join('')),
        ),
        (value) => {
          expect(roundTrip(value)).toBe(value);
        },
      ),
    );
  });

  it('never breaks its line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        expect(escapeLabelValue(value)).not.toMatch(/[\n\0]|(?<!\\)(?:\\\\)*"/);
      }),
    );
  });

  it('shows a NUL as the replacement character, because Prometheus would stop reading there', () => {
    expect(escapeLabelValue('a\0b')).toBe('a\ufffdb');
  });
});

describe('the name of a configured label', () => {
  it.each([
    ['tier', 'label_tier'],
    ['cost-centre', 'label_cost_centre'],
    ['app.kubernetes.io/name', 'label_app_kubernetes_io_name'],
    ['größe', 'label_gr__e'],
    ['9', 'label_9'],
  ])('%s becomes %s', (name, expected) => {
    expect(infoLabelName(name)).toBe(expected);
  });
});
