import { LOW_LIMITS } from '../../race/variants/stressed-races.ts';
import type { PlantedBug } from '../planted-bug.ts';

/** Bugs in the rate limit of a sender. */
export const RATE_LIMIT_BUGS: readonly PlantedBug[] = [
  {
    name: 'limit-ignored',
    about: 'slots are given out ten times too close',
    patches: [{ in: 'wishFor', find: 'spacingOf(rate)', replace: 'spacingOf(rate) / 10' }],
    caughtBy: ['overLimit'],
    scenario: LOW_LIMITS,
  },
  {
    name: 'parts-ignored',
    about: 'a message of several segments takes the place of one',
    patches: [
      {
        in: 'partsOf',
        find: 'ready.reduce((total, { row }) => total + row.parts, 0)',
        replace: 'ready.length',
      },
      { in: 'within', find: 'used += row.parts', replace: 'used += 1' },
      { in: 'sendBatch', find: 'parts: row.parts', replace: 'parts: 1' },
    ],
    caughtBy: ['overLimit'],
    scenario: LOW_LIMITS,
  },
];
