import { type Looker, type Looking, startLookingTogether } from '../../src/campaigns/looking.ts';

const REST_MS = 500;

/** Looks of a worker's by themselves, whatever else it would look for. */
export const lookAlone = (...lookers: Looker[]): Looking =>
  startLookingTogether(async () => true, lookers, REST_MS);
