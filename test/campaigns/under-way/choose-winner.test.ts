import { expect } from 'chai';
import { chooseWinner } from '../../../src/campaigns/experiment.ts';
import type { AppContext } from '../../../src/consent/app-context.ts';
import type { CapHit } from '../../../src/domain/caps/cap-rules.ts';
import { type CampaignDoc, NO_PLAN } from '../../../src/store/campaigns/campaign-document.ts';
import { findCampaign } from '../../../src/store/campaigns/campaigns.ts';
import type { DeliveryDoc } from '../../../src/store/deliveries/delivery.ts';
import type { Store } from '../../../src/store/store.ts';
import type { ClickDoc } from '../../../src/store/templates/links.ts';
import { closeTestStore, openTestStore } from '../../support/test-store.ts';

const NOW = new Date('2026-03-03T12:00:00Z');
const ahead = (hours: number): Date => new Date(NOW.getTime() + hours * 3_600_000);
const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };
const CAP: CapHit = { by: 'overall', count: 3, hours: 24, frees: ahead(20) } as Partial<CapHit> as CapHit;

type Row = Partial<Pick<DeliveryDoc, 'state' | 'dueAt' | 'cappedBy' | 'variant' | 'dailyCap' | 'heldBy'>>;
const left: Row = { state: 'delivered' };
const capped: Row = { dueAt: ahead(20), cappedBy: CAP };
/** A row for which no hour is allowed. It is due a day later whenever it is claimed. */
const nowhere: Row = { dueAt: ahead(23), heldBy: 'some law' };

describe('the wait for the winner of a test', () => {
  let store: Store;
  let context: AppContext;
  before(async () => {
    ({ store } = await openTestStore());
    context = { store, now: () => NOW, log: QUIET } as Partial<AppContext> as AppContext;
  });
  after(() => closeTestStore(store));

  /** A test that began so many hours ago, spread over some. */
  async function began(id: string, rows: Row[], hours: number, spreadHours = 0): Promise<CampaignDoc> {
    const variants = ['a', 'b'].map((variant) => ({ id: variant, template: 'offer', share: 50 }));
    const campaign = {
      ...{ _id: id, state: 'sending', startAt: ahead(-hours), createdAt: ahead(-hours - 1) },
      ...{ updatedAt: ahead(-hours), when: { local: null, spreadMs: spreadHours * 3_600_000 } },
      ...{ split: { variants, holdout: 0, test: { share: 50, waitMinutes: 60, by: 'click' } } },
      ...{ awaitsWinner: true, plan: { ...NO_PLAN, complete: true } },
    } as Partial<CampaignDoc> as CampaignDoc;
    await store.campaigns.insertOne(campaign);
    const docs = rows.map((row, at) => ({
      ...{ _id: `${id}${at}`, contact: `c${at}`, campaign: id, state: 'planned', dueAt: ahead(-hours) },
      ...{ decision: row.state === undefined ? null : { allowed: true, reasons: [], at: ahead(-1) } },
      ...row,
    }));
    await store.deliveries.insertMany(docs as Partial<DeliveryDoc>[] as DeliveryDoc[]);
    return campaign;
  }
  const read = async (id: string) => (await findCampaign(store, id)) as CampaignDoc;

  const table: [what: string, rows: Row[], hours: number, spreadHours: number, begins: boolean][] = [
    ['begins once all have left', [left, left], 1, 0, true],
    ['does not begin while one leaves', [left, { state: 'sending' }], 1, 0, false],
    ['does not begin while one has its turn to come', [left, {}], 1, 0, false],
    ['does not begin while one waits for the morning', [left, { dueAt: ahead(10) }], 1, 0, false],
    ['begins though a cap keeps one back', [left, capped], 1, 0, true],
    ['does not begin where a cap keeps back everybody', [capped, capped], 1, 0, false],
    ['begins a day later where a cap still keeps back everybody', [capped, capped], 25, 0, true],
    ['begins a day later where no hour suits one', [left, nowhere], 25, 0, true],
    ['does not begin while a spread goes on', [left, nowhere], 25, 48, false],
    ['begins a day later where one cannot be read', [left, { dueAt: ahead(0.5) }], 25, 0, true],
    ['does not begin in a queue that takes days', [left, { dueAt: ahead(-72) }], 72, 0, false],
  ];
  for (const [at, [what, rows, hours, spread, begins]] of table.entries()) {
    it(what, async () => {
      await chooseWinner(context, await began(`w${at}`, rows, hours, spread));
      expect((await read(`w${at}`)).plannedAt).to.deep.equal(begins ? NOW : undefined);
    });
  }

  it('counts from the later time when the campaign was moved', async () => {
    const moved = await began('moved', [left, { dueAt: ahead(1) }], 1);
    await chooseWinner(context, { ...moved, updatedAt: ahead(-40), wentAt: ahead(-48) });
    expect((await read('moved')).plannedAt).to.equal(undefined);
  });

  it('ends in a winner though a cap still delays one person, who keeps their variant', async () => {
    const rows = [
      { ...left, variant: 'a' },
      { ...left, variant: 'b' },
      { ...capped, variant: 'a' },
    ];
    const campaign = await began('won', rows, 3);
    await chooseWinner(context, campaign);
    await store.campaigns.updateOne({ _id: 'won', plannedAt: NOW }, { $set: { plannedAt: ahead(-1) } });
    const at = ahead(-0.5);
    const clicked = (contact: string, delivery: string, campaign: string): ClickDoc => ({
      ...{
        _id: `${delivery}.person.2026-03-03`,
        link: delivery,
        kind: 'person',
        delivery,
        contact,
        campaign,
      },
      ...{ count: 1, firstAt: at, lastAt: at },
    });
    await store.clicks.insertMany([clicked('c1', 'won1', 'won'), clicked('c0', 'd0', 'another')]);
    // Clicks in the profiles name no campaign.
    await store.events.insertMany(
      ['c0', 'c1'].map((contact) => ({
        ...{ _id: `e ${contact}`, contact, type: 'click', at, amount: null, receivedAt: at },
      })),
    );
    await chooseWinner(context, await read('won'));
    const { winner, awaitsWinner, plan } = await read('won');
    expect([winner?.variant, awaitsWinner, plan.complete]).to.deep.equal(['b', false, false]);
    expect(winner?.tallies.map(({ people, hits }) => [people, hits])).to.deep.equal([
      [1, 0],
      [1, 1],
    ]);
    const late = await store.deliveries.findOne({ _id: 'won2' });
    expect([late?.state, late?.variant]).to.deep.equal(['planned', 'a']);
  });
});
