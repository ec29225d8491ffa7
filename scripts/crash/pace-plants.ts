import type { Plant } from './plant.ts';
import { LOW_LIMITS } from './plant-races.ts';

/** Bugs of how fast a sender goes. */
export const PACE_PLANTS: readonly Plant[] = [
  {
    name: 'limit-ignored',
    about: 'slots are given out ten times too close',
    patches: [
      {
        file: 'src/sending/pacing/pace.ts',
        find: 'const spacing = spacingOf(sender.rate);',
        replace: 'const spacing = spacingOf(sender.rate) / 10;',
      },
    ],
    caughtBy: ['overLimit'],
    scenario: LOW_LIMITS,
  },
  {
    name: 'parts-ignored',
    about: 'a message of several segments takes the place of one',
    patches: [
      {
        file: 'src/sending/round.ts',
        find: 'ready.reduce((total, { row }) => total + row.parts, 0)',
        replace: 'ready.length',
      },
      { file: 'src/sending/dispatch.ts', find: 'used += row.parts;', replace: 'used += 1;' },
      { file: 'src/sending/let-go.ts', find: 'parts: row.parts }', replace: 'parts: 1 }' },
    ],
    caughtBy: ['overLimit'],
    scenario: LOW_LIMITS,
  },
];
