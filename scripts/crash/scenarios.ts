import { RACE } from './race/race.ts';
import { DATABASE, FAULTS, WEB_DOWN } from './race/variants.ts';
import type { Scenario } from './scenario.ts';
import { WEB_KILLS } from './web-kills/web-kills.ts';

/** In the order in which a run takes them. */
export const SCENARIOS: readonly Scenario[] = [RACE, FAULTS, DATABASE, WEB_DOWN, WEB_KILLS];
