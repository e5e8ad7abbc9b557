import { describe, expect, it } from '@jest/globals';
import { nearest } from '../../src/domain/nearest.ts';

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
