import { DAY, HOUR, SECOND } from './schema-units.ts';
import { duration, integer } from './schema-values.ts';

export const interval = duration(
  { min: 5 * SECOND, max: DAY },
  {
    description: 'Time between two checks of a connection; its own, else that of defaults, else of checks.',
    examples: ['5m', '1m'],
  },
);
export const timeout = duration(
  { min: 100, max: HOUR },
  {
    description:
      'Longest wait for an answer, less than the interval; its own, else that of defaults, else of checks.',
    examples: ['10s'],
  },
);
export const confirmations = integer(
  { min: 2, max: 20 },
  {
    description:
      'Rejections in a row that confirm one, never fewer than 2; its own, else that of defaults, else of checks.',
    examples: [3],
  },
);
