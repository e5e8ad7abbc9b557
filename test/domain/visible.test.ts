import { describe, expect, it } from '@jest/globals';
import { visible } from '../../src/domain/visible.ts';

describe('a text that is shown', () => {
  it.each([
    ['acme-siem: Café 日本 😀', 'acme-siem: Café 日本 😀'],
    ['\u001b[2Jacme', '\\u{1b}[2Jacme'],
    ['\u009b2J', '\\u{9b}2J'],
    ['two\nlines\u2028three', 'two\\u{a}lines\\u{2028}three'],
    ['\u202eemca', '\\u{202e}emca'],
    ['half \ud83d', 'half \\u{d83d}'],
  ])('%j can be read as %s', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });
});
