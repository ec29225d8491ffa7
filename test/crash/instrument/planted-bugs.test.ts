import { expect } from 'chai';
import { CAMPAIGN_COUNTS, type CampaignCount } from '../../../scripts/crash/campaign/reconcile.ts';
import { insertKillPoints, SHORT_WAITS, STAMPS } from '../../../scripts/crash/instrument/kill-points.ts';
import { PLANTED_BUGS } from '../../../scripts/crash/instrument/planted-bugs.ts';
import { patchSources, readSources, type Sources } from '../../../scripts/crash/instrument/source-patches.ts';
import { MIGRATION_COUNTS } from '../../../scripts/crash/migration/migration-kills.ts';
import { COUNTS } from '../../../scripts/crash/race/counts/reconcile.ts';
import { PART_COUNTS } from '../../../scripts/crash/race/counts/tally.ts';
import { SCENARIOS } from '../../../scripts/crash/run.ts';
import { WEB_KILL_COUNTS } from '../../../scripts/crash/web-kills/web-kills.ts';
import { ROOT } from '../../../src/config.ts';

/** Counts that no planted bug is to raise, and why. */
const WITHOUT_A_BUG: Partial<Record<keyof typeof PART_COUNTS | CampaignCount, string>> = {
  failedSteps:
    'it counts what the harness itself could not run; test/crash/race-failed-steps.test.ts makes steps fail',
  unended:
    'a flight that never ends runs to the longest a flight may take; test/crash/campaign-reconcile.test.ts has one',
};

describe('planted bugs', () => {
  let sources: Sources;
  before(async () => {
    sources = patchSources(insertKillPoints(await readSources(ROOT)), [...SHORT_WAITS, ...STAMPS]);
  });

  for (const { name, patches, caughtBy, scenario } of PLANTED_BUGS) {
    it(`fit the sources beside the patches of their scenario and name a count: ${name}`, () => {
      patchSources(sources, [...(scenario.patches ?? []), ...patches]);
      const counts = [COUNTS, PART_COUNTS, CAMPAIGN_COUNTS, WEB_KILL_COUNTS].flatMap((counts) =>
        Object.keys(counts),
      );
      expect([...counts, ...MIGRATION_COUNTS.map((count) => count.name)]).to.include.members(caughtBy);
      expect(caughtBy).not.to.be.empty;
    });
  }

  it('leave the sources free for the patches of every scenario', () => {
    const brought = SCENARIOS.flatMap(({ patches = [] }) => patches);
    expect(brought).not.to.be.empty;
    for (const { patches = [] } of SCENARIOS) patchSources(sources, patches);
  });

  it('cover each count of a race and of a campaign, except the listed ones', () => {
    const caught = new Set<string>(PLANTED_BUGS.flatMap((plantedBug) => plantedBug.caughtBy));
    const counts = [COUNTS, PART_COUNTS, CAMPAIGN_COUNTS].flatMap((list) => Object.keys(list));
    expect(counts.filter((count) => !caught.has(count))).to.have.members(Object.keys(WITHOUT_A_BUG));
  });

  it('cover each count of the texts that come while the web process is killed', () => {
    const caught = new Set(PLANTED_BUGS.flatMap((plantedBug) => plantedBug.caughtBy));
    const ofTexts = ['textsLost', 'textsAnsweredTwice', 'stopsNotHonoured'] as const;
    const ofReplies = ['repliesUnplanned', 'silenceWithoutReason'] as const;
    for (const count of [...ofTexts, ...ofReplies]) expect(caught.has(count), count).to.equal(true);
  });

  it('are 50, each with a name of its own', () => {
    expect(new Set(PLANTED_BUGS.map((plantedBug) => plantedBug.name)).size).to.equal(50);
    expect(PLANTED_BUGS).to.have.length(50);
  });
});
