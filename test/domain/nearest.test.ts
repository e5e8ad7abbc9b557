import { describe, expect, it } from '@jest/globals';
import { didYouMean, nearest } from '../../src/domain/nearest.ts';

describe('the nearest known word', () => {
  it.each([
    ['intervall', 'interval'],
    ['Interval', 'interval'],
    ['timout', 'timeout'],
    ['sco', 'soc'],
    ['regoin', 'region'],
    ['clientsecret', 'clientSecret'],
  ])('for %s is %s', (word, meant) => {
    expect(nearest(word, ['interval', 'timeout', 'soc', 'region', 'clientId', 'clientSecret'])).toBe(meant);
  });

  it.each(['zzz', 'x', 'password'])('for %s is none', (word) => {
    expect(nearest(word, ['interval', 'timeout', 'region'])).toBeNull();
  });
});

describe('how near a known word must be', () => {
  const a = (count: number) => 'a'.repeat(count);

  it.each<[string, string[], string | null]>([
    // One letter of a short word may be wrong, a third of a longer one.
    ['b', ['ab'], 'ab'],
    ['abxy', ['ab'], null],
    ['abxy', ['abcd'], null],
    ['abcdefghi', ['abcdef'], 'abcdef'],
    ['abcdefghi', ['abcde'], null],
    // Nine letters too many are another word, however long it is.
    [a(27), [a(19)], a(19)],
    [a(27), [a(18)], null],
    // Only neighbours that were swapped are one mistake, and with another one they are two.
    ['abdc', ['abcd'], 'abcd'],
    ['abcx', ['abyc'], null],
    ['abxc', ['abcy'], null],
    ['bacx', ['abcd'], null],
    // Of two that are as near it is the first, else the nearer.
    ['cat', ['bat', 'hat'], 'bat'],
    ['intervak', ['intervxy', 'interval'], 'interval'],
  ])('%s among %j: %j', (word, known, meant) => {
    expect(nearest(word, known)).toBe(meant);
  });

  it('is asked only where one is', () => {
    expect(didYouMean('acme-sime', ['acme-siem'])).toBe('; did you mean acme-siem?');
    expect(didYouMean('globex', ['acme-siem'])).toBe('');
  });
});
