import type { CampaignCount } from './campaign/reconcile.ts';
import type { Patch } from './instrumented.ts';
import type { MIGRATION_COUNTS } from './migration/migration-kills.ts';
import type { Count } from './race/counts/reconcile.ts';
import type { PART_COUNTS } from './race/counts/tally.ts';
import type { Scenario } from './scenario.ts';
import type { Violations as WebKillCounts } from './web-kills/reconcile.ts';

/** A bug to be planted on purpose: a harness that finds none of them would prove nothing. */
export type Plant = {
  name: string;
  about: string;
  patches: Patch[];
  /** Each of these counts must rise. */
  caughtBy: (
    | Count
    | keyof typeof PART_COUNTS
    | CampaignCount
    | keyof WebKillCounts
    | (typeof MIGRATION_COUNTS)[number]['name']
  )[];
  /** In which it shows; without the bug, its control. */
  scenario: Scenario;
};
