import { expect } from 'chai';
import { poolsAdded } from '../../../src/campaigns/coupon-demand.ts';
import { startCampaign } from '../../../src/campaigns/start.ts';
import type { Split } from '../../../src/domain/campaigns/experiment.ts';
import { writeDraft } from '../../../src/store/campaigns/campaigns.ts';
import { insertCodes, writeCouponPool } from '../../../src/store/templates/coupons.ts';
import { type MessageTemplateDoc, writeMessageTemplate } from '../../../src/store/templates/templates.ts';
import { type CampaignHarness, startCampaignHarness } from '../campaign-harness.ts';
import { type CampaignDraft, draftToEveryone } from '../draft-to-everyone.ts';

const ORDER = {
  ...{ at: new Date('2026-12-02T12:00:00Z'), deadline: null, local: null, spreadMs: 0, repeat: null },
  ...{ everyone: true, by: 'a key' },
};
const PEOPLE = 60;
/** The codes for half of the people, with the reserve. */
const MOST = 46;

describe('coupon codes of a split campaign', () => {
  let harness: CampaignHarness;
  before(async () => {
    harness = await startCampaignHarness('156');
    harness.setClock('2026-12-01T12:00:00Z');
    await harness.addPeople(PEOPLE);
    for (const id of ['a', 'b']) {
      await writeCouponPool(harness.store, { id, name: id }, harness.now());
      const texts = { en: `{brand}: your code {coupon:${id}}` };
      await writeMessageTemplate(harness.store, null, { _id: id, program: 'deals', texts }, harness.now());
      await add(id, 0, MOST - 1);
    }
  });
  after(() => harness.stop());

  const add = (pool: string, from: number, to: number) => {
    const codes = Array.from({ length: to - from }, (_, at) => `${pool.toUpperCase()}-${from + at}`);
    return insertCodes(harness.store, pool, codes, harness.now());
  };
  const variants = ['a', 'b'].map((id) => ({ id, template: id, share: 50 }));
  const halves: Split = { variants, holdout: 0, test: null };
  const start = (id: string, split: Split, template = 'offer') =>
    harness.startDraft(id, { at: new Date('2026-12-02T12:00:00Z') }, { split, template }).then(
      ({ state }) => state,
      (error: Error) => error.message,
    );
  const short = (more: string) =>
    `The coupon pool "a" has ${MOST - 1} codes left, and 60 people may be texted${more}. Add codes: POST /coupon-pools/a/codes.`;

  it('are needed for the share of people of each wording with codes', async () => {
    expect(await start('few', halves, 'a')).to.equal(short(`, of whom up to ${MOST} get one`));
    expect(await start('less', { ...halves, holdout: 50 })).to.equal('scheduled');
    for (const id of ['a', 'b']) await add(id, MOST - 1, MOST);
    expect(await start('enough', halves, 'a')).to.equal('scheduled');
  });

  it('are needed for everybody when any wording may win, or when both take codes of one pool', async () => {
    const test = { share: 20, waitMinutes: 60, by: 'reply' };
    expect(await start('test', { ...halves, test })).to.match(
      /"a" has 46 codes left, and 60 people may be texted\. /,
    );
    const both = variants.map((variant) => ({ ...variant, template: 'a' }));
    expect(await start('both', { ...halves, variants: both })).to.match(/, and 60 people may be texted\. /);
  });
});

describe('coupon codes of a campaign to a list of whom many cannot get it', () => {
  const ABLE = 20;
  let harness: CampaignHarness;
  before(async () => {
    harness = await startCampaignHarness('149');
    harness.setClock('2026-12-01T12:00:00Z');
    await harness.addPeople(PEOPLE);
    const all = await harness.store.contacts
      .find({}, { projection: { _id: 1 } })
      .sort({ _id: 1 })
      .toArray();
    // One in three of every part of the list can get it.
    const without = { $in: all.filter((_, at) => at % (PEOPLE / ABLE) !== 0).map(({ _id }) => _id) };
    await harness.store.contacts.updateMany({ _id: without }, { $set: { subscriptions: [] } });
    await writeCouponPool(harness.store, { id: 'c', name: 'c' }, harness.now());
    const texts = { en: '{brand}: your code {coupon:c}' };
    await writeMessageTemplate(harness.store, null, { _id: 'c', program: 'deals', texts }, harness.now());
  });
  after(() => harness.stop());

  const add = (from: number, to: number) => {
    const codes = Array.from({ length: to - from }, (_, at) => `C-${from + at}`);
    return insertCodes(harness.store, 'c', codes, harness.now());
  };
  const start = (id: string, more: Partial<CampaignDraft> = {}, context = harness.contexts[0]) =>
    writeDraft(harness.store, draftToEveryone(id, { template: 'c', ...more }), harness.now())
      .then(() => startCampaign(context, id, ORDER))
      .then(
        (started) => started?.state,
        (error: Error) => error.message,
      );
  const short = (free: number, people: string, more = '') =>
    `The coupon pool "c" has ${free} codes left, and ${people} people may be texted${more}. Add codes: POST /coupon-pools/c/codes.`;

  it('are needed for the people who can get it, and not for the others', async () => {
    await add(0, ABLE - 1);
    expect(await start('few')).to.equal(short(ABLE - 1, '20'));
    await add(ABLE - 1, ABLE);
    expect(await start('enough')).to.equal('scheduled');
  });

  it('are counted before the holdout is taken off, which the share of a wording leaves out', async () => {
    const variants = [{ id: 'a', template: 'c', share: 100 }];
    const split: Split = { variants, holdout: 20, test: null };
    await harness.store.couponCodes.deleteMany({ _id: { $in: await codeIds(1) } });
    // Four in five of twenty are sixteen, and all twenty with the reserve.
    expect(await start('held', { split })).to.equal(short(ABLE - 1, '20'));
    await add(ABLE, ABLE + 1);
    expect(await start('holds', { split })).to.equal('scheduled');
  });

  it('are needed for the upper bound where the people who can get it are estimated', async () => {
    const few = { ...harness.contexts[0], mostPlaced: 30 };
    const refused = await start('estimated', {}, few);
    const [, most = ''] = /and up to (\d+) people may be texted\. /.exec(String(refused)) ?? [];
    expect(Number(most), String(refused)).to.be.above(ABLE);
    await add(PEOPLE, PEOPLE + Number(most) - ABLE);
    expect(await start('covered', {}, few)).to.equal('scheduled');
  });

  const codeIds = async (most: number) =>
    (await harness.store.couponCodes.find({ pool: 'c' }).limit(most).toArray()).map(({ _id }) => _id);
});

describe('new words of an edit', () => {
  const words = (texts: MessageTemplateDoc['texts']) => ({
    template: { _id: 'x', program: 'deals', texts, version: 1, createdAt: new Date(), updatedAt: new Date() },
  });
  const [coded, plain] = ['code {coupon:late}', 'an offer'];
  const table: [before: MessageTemplateDoc['texts'], next: MessageTemplateDoc['texts'], adds: boolean][] = [
    [{ en: plain, es: coded }, { en: coded, es: plain }, true],
    [{ en: plain, es: coded }, { en: 'another', es: coded }, false],
    [{ en: coded, es: plain }, { en: coded }, true],
    [{ en: plain, es: plain }, { en: plain, es: plain, fr: coded }, true],
    [{ en: coded }, { en: coded, es: coded }, false],
  ];
  for (const [before, next, adds] of table) {
    it(`${adds ? 'need' : 'need no'} further codes: ${JSON.stringify(next)} for ${JSON.stringify(before)}`, () => {
      expect([...poolsAdded(words(before), words(next), undefined)]).to.deep.equal(adds ? ['late'] : []);
    });
  }

  it('are compared variant by variant', () => {
    const variants = ['a', 'b'].map((id) => ({ id, template: id, share: 50 }));
    const split: Split = { variants, holdout: 0, test: null };
    const of = (a: string, b: string) => ({
      ...words({ en: plain }),
      variants: { a: words({ en: a }).template, b: words({ en: b }).template },
    });
    expect([...poolsAdded(of(coded, plain), of(plain, coded), split)]).to.deep.equal(['late']);
    expect([...poolsAdded(of(coded, plain), of(coded, 'another'), split)]).to.deep.equal([]);
  });
});
