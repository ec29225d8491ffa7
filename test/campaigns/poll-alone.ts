import { type Looker, type Looking, startPollers } from '../../src/store/poller.ts';

const REST_MS = 500;

/** Looks of a worker's by themselves, whatever else it would look for. */
export const pollAlone = (...lookers: Looker[]): Looking => startPollers(async () => true, lookers, REST_MS);
