import { CAMPAIGN_SCENARIO } from './campaign/campaign.ts';
import { MIGRATION_KILLS } from './migration/migration-kills.ts';
import { MONTH_KILLS } from './month/month-kills.ts';
import { RACE } from './race/race.ts';
import { CARRIER_STILL } from './race/variants/carrier-still.ts';
import { FAILOVER } from './race/variants/failover.ts';
import { REPLAY_KILLS } from './race/variants/replay-kills.ts';
import { DATABASE, FAULTS, WEB_DOWN } from './race/variants/variants.ts';
import { WEB_CUT } from './race/variants/web-cut.ts';
import type { Scenario } from './scenario.ts';
import { WEB_KILLS } from './web-kills/web-kills.ts';

/** In the order in which a run without options takes them. */
export const USUAL_RUN: readonly Scenario[] = [
  RACE,
  FAULTS,
  DATABASE,
  WEB_DOWN,
  WEB_KILLS,
  CAMPAIGN_SCENARIO,
];

/** Those that run where they are named: all of them together would take longer than anybody waits. */
export const BY_NAME: readonly Scenario[] = [
  WEB_CUT,
  CARRIER_STILL,
  REPLAY_KILLS,
  FAILOVER,
  MIGRATION_KILLS,
  MONTH_KILLS,
];

export const SCENARIOS: readonly Scenario[] = [...USUAL_RUN, ...BY_NAME];
