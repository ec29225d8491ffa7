import { type Looker, type Looking, startPollers } from '../../src/store/poller.ts';

const REST_MS = 500;

/** Runs these pollers of a worker alone, without the worker's others. */
export const pollAlone = (...lookers: Looker[]): Looking => startPollers(async () => true, lookers, REST_MS);
