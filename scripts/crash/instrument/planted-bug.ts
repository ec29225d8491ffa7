import type { CampaignCount } from '../campaign/reconcile.ts';
import type { MIGRATION_COUNTS } from '../migration/migration-kills.ts';
import type { Count } from '../race/counts/reconcile.ts';
import type { PART_COUNTS } from '../race/counts/tally.ts';
import type { Scenario } from '../scenario.ts';
import type { Violations as WebKillCounts } from '../web-kills/reconcile.ts';
import type { SourcePatch } from './source-patches.ts';

/** A bug that is planted on purpose. A harness that finds no planted bug would prove nothing. */
export type PlantedBug = {
  name: string;
  about: string;
  patches: SourcePatch[];
  /** Counts that must all rise. */
  caughtBy: (
    | Count
    | keyof typeof PART_COUNTS
    | CampaignCount
    | keyof WebKillCounts
    | (typeof MIGRATION_COUNTS)[number]['name']
  )[];
  /** The scenario in which the bug shows. Without the bug the same scenario is a control. */
  scenario: Scenario;
};
