import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { STATES } from '../../src/domain/state.ts';
import {
  apiQuery,
  type Filters,
  isFiltering,
  NO_FILTERS,
  readHash,
  SORT_KEYS,
  sortedBy,
  withinPages,
  writeHash,
} from '../../src/page/filters.ts';

const filters: fc.Arbitrary<Filters> = fc.record({
  q: fc.string(),
  states: fc.subarray([...STATES]),
  tenant: fc.string(),
  label: fc.string(),
  sort: fc.constantFrom(...SORT_KEYS),
  descending: fc.boolean(),
  page: fc.nat(10_000),
  connection: fc.option(fc.string({ minLength: 1 })),
});

describe('the address of a view', () => {
  it('is read as what was written into it', () => {
    fc.assert(fc.property(filters, (one) => expect(readHash(writeHash(one))).toEqual(one)));
  });

  it('is empty for the view that everybody begins with', () => {
    expect(writeHash(NO_FILTERS)).toBe('');
    expect(readHash('')).toEqual(NO_FILTERS);
  });

  it('may hold anything: what is not understood is left out', () => {
    expect(readHash('#state=broken&sort=-colour&page=-3&x=y')).toEqual(NO_FILTERS);
    fc.assert(fc.property(fc.string(), (text) => void readHash(text)));
  });
});

describe('what is asked of the API', () => {
  it('is a page in the wanted order', () => {
    const query = apiQuery({
      ...NO_FILTERS,
      states: ['revoked'],
      label: 'tier=gold',
      sort: 'since',
      page: 2,
    });
    expect(query).toBe('state=revoked&labelLike=tier%3Dgold&sort=since&offset=100&limit=50');
  });

  it('is nothing by a field that holds only spaces', () => {
    const blank = { ...NO_FILTERS, q: ' ', tenant: '  ', label: ' ' };
    expect(apiQuery(blank)).toBe(apiQuery(NO_FILTERS));
    expect(isFiltering(blank)).toBe(false);
    expect(isFiltering({ ...blank, tenant: ' acme ' })).toBe(true);
  });

  it.each([
    [0, 0, 0],
    [3, 0, 0],
    [1, 100, 1],
    [2, 100, 1],
    [98, 101, 2],
  ])('is no page beyond the last: of page %i with %i rows it is %i', (page, total, shown) => {
    expect(withinPages({ ...NO_FILTERS, page }, total).page).toBe(shown);
  });

  it('turns round with a second click, and begins with the newest where it is a time', () => {
    const once = sortedBy(NO_FILTERS, 'tenant');
    expect([once.sort, once.descending]).toEqual(['tenant', false]);
    expect(sortedBy(once, 'tenant').descending).toBe(true);
    expect(sortedBy(once, 'since').descending).toBe(true);
  });
});
