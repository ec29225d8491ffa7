import { expect } from 'chai';
import type { CampaignDoc } from '../../../src/store/campaigns/campaign-document.ts';
import { hasWork } from '../../../src/store/campaigns/planning.ts';
import type { Store } from '../../../src/store/store.ts';
import { until } from '../../support/gateway.ts';
import { testDatabase } from '../../support/mongod.ts';
import { type ObservedCommand, openObservedStore } from '../../support/observed-store.ts';
import { spied } from '../../support/spied.ts';
import { type CampaignHarness, startCampaignHarness } from '../campaign-harness.ts';

const NOON = new Date('2026-03-20T16:00:00Z');
const LATER = new Date(NOON.getTime() + 60_000);
const RECURS = { every: 'day', nextAt: LATER } as unknown as NonNullable<CampaignDoc['repeat']>;
const UNSWEPT = { cursor: null, complete: false, people: 0, planned: 0 };

const AT_REST: [string, Partial<CampaignDoc>][] = [
  ['a draft', { state: 'draft' }],
  ['one that is to begin later', { state: 'scheduled', startAt: LATER }],
  ['a recurrence whose time has not come', { state: 'scheduled', repeat: RECURS }],
  ['one that is paused', { state: 'paused', plan: { ...UNSWEPT, leaseUntil: NOON } }],
  ['one that was canceled, with nothing left', { state: 'canceled' }],
  [
    'one that is canceled while it may still be planned',
    { state: 'canceled', plan: { ...UNSWEPT, leaseUntil: LATER } },
  ],
  ['one that finished', { state: 'finished' }],
];
const AT_WORK: [string, Partial<CampaignDoc>][] = [
  ['one that is to begin at once', { state: 'scheduled' }],
  ['one whose time has come', { state: 'scheduled', startAt: NOON }],
  [
    'one that flies',
    { state: 'sending', startAt: NOON, plan: { ...UNSWEPT, complete: true, leaseUntil: null } },
  ],
  ['a recurrence whose time has come', { state: 'scheduled', repeat: { ...RECURS, nextAt: NOON } }],
  ['a recurrence whose last run may be over', { state: 'scheduled', repeat: { ...RECURS, nextAt: null } }],
  ['one whose rows are to be written anew', { state: 'paused', stale: true }],
  ['one that was canceled, with rows left', { state: 'canceled', plan: { ...UNSWEPT, leaseUntil: NOON } }],
];

describe('polling while all campaigns are at rest', () => {
  let harness: CampaignHarness;
  let listened: Store;
  let started: CampaignDoc;
  const heard: ObservedCommand[] = [];
  before(async () => {
    harness = await startCampaignHarness('167');
    const at = testDatabase(harness.store.db.databaseName);
    listened = await openObservedStore(at, (command) => void heard.push(command));
    await harness.addPerson();
    harness.setClock(NOON.toISOString());
    started = await harness.startDraft('one');
  });
  after(async () => {
    await listened.close();
    await harness.stop();
  });

  const become = async (as: Partial<CampaignDoc>): Promise<void> => {
    await harness.store.campaigns.replaceOne({ _id: 'one' }, { ...started, startAt: null, ...as });
  };

  for (const [what, as] of AT_REST) {
    it(`counts as rest: ${what}`, async () => {
      await become(as);
      expect(await hasWork(harness.store, NOON)).to.equal(false);
    });
  }
  for (const [what, as] of AT_WORK) {
    it(`does not count as rest: ${what}`, async () => {
      await become(as);
      expect(await hasWork(harness.store, NOON)).to.equal(true);
    });
  }

  it('costs a worker one command a poll, and still starts campaigns in time', async () => {
    await become({ state: 'scheduled', startAt: LATER });
    heard.length = 0;
    const errors: unknown[] = [];
    const planner = harness.startPlanner({ ...harness.contexts[0], store: listened }, (error) =>
      errors.push(error),
    );
    await until('the planner has polled three times', async () => heard.length >= 3);
    expect(heard.map(({ name, command }) => [name, command.limit])).to.deep.equal(
      heard.map(() => ['find', 1]),
    );
    const filters = new Set(heard.map(({ command }) => JSON.stringify(command.filter)));
    expect(filters.size).to.equal(1);
    harness.setClock(LATER.toISOString());
    await until('the campaign is planned', async () => (await harness.find('one')).plan.complete);
    await planner.stop();
    expect(errors).to.deep.equal([]);
  });

  it('goes on when it is unknown whether they rest, and the failure is logged', async () => {
    await become({ state: 'scheduled', startAt: LATER });
    const lines = new Set<string>();
    const campaigns = new Proxy(harness.store.campaigns, {
      get: (_, name) => () => {
        throw new Error(`no primary for ${String(name)}`);
      },
    });
    const store = { ...harness.store, campaigns };
    const planner = harness.startPlanner({ ...harness.contexts[0], store }, (_error, line) =>
      lines.add(line),
    );
    await until('both errors are logged', async () => lines.size >= 2);
    await planner.stop();
  });

  it('goes on after a query that never ended', async () => {
    await become({ state: 'scheduled', startAt: LATER });
    let asked = 0;
    const campaigns = spied(harness.store.campaigns, 'findOne', () => {
      asked += 1;
      return asked === 1 ? new Promise(() => undefined) : null;
    });
    const planner = harness.startPlanner(
      { ...harness.contexts[0], store: { ...harness.store, campaigns } },
      () => undefined,
    );
    await until('the planner polls again', async () => asked > 1);
    await planner.stop();
  });
});
