import { expect } from 'chai';
import { CAMPAIGN_COUNTS, type CampaignCount } from '../../scripts/crash/campaign/reconcile.ts';
import { patchSources } from '../../scripts/crash/instrumented.ts';
import { MIGRATION_COUNTS } from '../../scripts/crash/migration/migration-kills.ts';
import { PLANTS } from '../../scripts/crash/plants.ts';
import { HURRIED, PLAN_POINTS, POINTS, WEB_POINTS, WORKER_POINTS } from '../../scripts/crash/points.ts';
import { COUNTS } from '../../scripts/crash/race/counts/reconcile.ts';
import { PART_COUNTS } from '../../scripts/crash/race/counts/tally.ts';
import { SCENARIOS } from '../../scripts/crash/scenarios.ts';
import { WEB_KILL_COUNTS } from '../../scripts/crash/web-kills/report.ts';

const always = [...HURRIED, ...POINTS];

/** Counts that no planted bug is to raise, and why. */
const WITHOUT_A_BUG: Partial<Record<keyof typeof PART_COUNTS | CampaignCount, string>> = {
  failedSteps:
    'it counts what the harness itself could not run; test/crash/race-failed-steps.test.ts makes steps fail',
  unended:
    'a flight that never ends runs to the longest a flight may take; test/crash/campaign-reconcile.test.ts has one',
};

const rejection = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'it went well',
    (error: Error) => error.message,
  );

describe('the patches of the instrumented gateway', () => {
  it('fit the sources as they are, each once', async () => {
    const files = await patchSources(always);
    const text = [...files.values()].join();
    const passed = [...text.matchAll(/crashPoint\('([\w-]+)'/g)].map(([, point]) => point);
    // The preload passes these two itself, on either side of the write.
    expect([...passed, 'after-check', 'after-write']).to.include.members([
      ...WORKER_POINTS,
      ...WEB_POINTS,
      ...PLAN_POINTS,
    ]);
  });

  for (const { name, patches, caughtBy } of PLANTS) {
    it(`fit with the bug "${name}" beside them, which names a count`, async () => {
      await patchSources([...always, ...patches]);
      const counts = [COUNTS, PART_COUNTS, CAMPAIGN_COUNTS, WEB_KILL_COUNTS].flatMap((one) =>
        Object.keys(one),
      );
      expect([...counts, ...MIGRATION_COUNTS.map((one) => one.name)]).to.include.members(caughtBy);
      expect(caughtBy).not.to.be.empty;
    });
  }

  it('fit with those that a scenario brings', async () => {
    const brought = SCENARIOS.flatMap(({ patches = [] }) => patches);
    expect(brought).not.to.be.empty;
    for (const { patches = [] } of SCENARIOS) await patchSources([...always, ...patches]);
  });

  it('are refused where one is not there, and where one is there twice', async () => {
    const gone = { file: 'src/sending/gate.ts', find: 'no such line', replace: '' };
    expect(await rejection(patchSources([gone]))).to.match(/gate\.ts fits 0 times, not once:\nno such line$/);
    expect(await rejection(patchSources([{ ...gone, find: 'export' }]))).to.match(/fits \d+ times, not once/);
  });

  it('follow each other in one file', async () => {
    const file = 'src/sending/gate.ts';
    const first = { file, find: 'LEASE_MS = 3000', replace: 'LEASE_MS = 1234' };
    const files = await patchSources([first, { file, find: 'LEASE_MS = 1234', replace: 'LEASE_MS = 5678' }]);
    expect(files.get(file)).to.contain('LEASE_MS = 5678');
  });

  it('hold a bug for each count of a race and of a campaign, but for those that are said to have none', () => {
    const caught = new Set<string>(PLANTS.flatMap((one) => one.caughtBy));
    const counts = [COUNTS, PART_COUNTS, CAMPAIGN_COUNTS].flatMap((one) => Object.keys(one));
    expect(counts.filter((one) => !caught.has(one))).to.have.members(Object.keys(WITHOUT_A_BUG));
  });

  it('hold a bug for each count of what becomes of texts while the web process is killed', () => {
    const caught = new Set(PLANTS.flatMap((one) => one.caughtBy));
    const ofTexts = ['textsLost', 'textsAnsweredTwice', 'stopsNotHonoured'] as const;
    for (const count of ofTexts) expect(caught.has(count), count).to.equal(true);
  });

  it('name no bug twice', () => {
    expect(new Set(PLANTS.map((one) => one.name)).size).to.equal(PLANTS.length);
  });
});
