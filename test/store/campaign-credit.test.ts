import { expect } from 'chai';
import { campaignRowId } from '../../src/store/campaigns/messages.ts';
import { outcomesOf } from '../../src/store/campaigns/results.ts';
import type { EventDoc } from '../../src/store/contacts/activity.ts';
import type { Store } from '../../src/store/store.ts';
import type { ClickDoc, ClickKind } from '../../src/store/templates/links.ts';
import { bareRow } from '../receipts/rows.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const SINCE = new Date('2026-03-01T12:00:00Z');
const at = (hours: number): Date => new Date(SINCE.getTime() + hours * 3_600_000);
const PEOPLE = ['ann', 'ben', 'cem', 'dee'];
/** People and rows that none of it is about, among whom what is asked for must be found. */
const OTHERS = 300;

/** Two campaigns that went to the same people at once. */
const CAMPAIGNS = ['spring', 'boots'] as const;
type Campaign = (typeof CAMPAIGNS)[number];
const rowId = (campaign: Campaign, contact: string): string => campaignRowId(campaign, `1.${contact}`);

const click = (campaign: Campaign, contact: string, hours: number, kind: ClickKind = 'person'): ClickDoc => ({
  ...{
    _id: `${campaign}${contact}.${kind}.${hours}`,
    link: `${campaign}${contact}`,
    kind,
    contact,
    campaign,
  },
  ...{ delivery: rowId(campaign, contact), count: 1, firstAt: at(hours), lastAt: at(hours) },
});

const bought = (contact: string, hours: number, amount: number, of: Campaign | null = null): EventDoc => ({
  ...{ _id: `${contact} ${hours} ${amount}`, contact, type: 'purchase', at: at(hours), amount },
  receivedAt: at(hours),
  ...(of === null
    ? {}
    : { coupon: { code: `pool/${of}`, delivery: rowId(of, 'ann'), campaign: of as string } }),
});

describe('clicks and purchases that are credited to a campaign', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
    const decision = { allowed: true as const, reasons: [], at: at(0) };
    const others = Array.from({ length: OTHERS }, (_, index) => `other${index}`);
    await store.deliveries.insertMany(
      CAMPAIGNS.flatMap((campaign) =>
        [...PEOPLE, ...others].map((contact) =>
          bareRow({
            ...{ _id: rowId(campaign, contact), contact, campaign, state: 'delivered' as const, decision },
            ...(PEOPLE.includes(contact) ? {} : { variant: 'others' }),
          }),
        ),
      ),
    );
    await store.clicks.insertMany([
      click('spring', 'ann', 3),
      click('spring', 'ann', 30),
      click('boots', 'ben', 3),
      click('spring', 'cem', 3, 'bot'),
      click('spring', 'cem', 3, 'test'),
      click('spring', 'dee', 8 * 24),
      ...others.map((contact) => click('boots', contact, 4)),
    ]);
    await store.events.insertMany([
      // Clicks in the profile and posted events, which name no campaign.
      ...['ann', 'ben', 'cem'].map((who) => ({ ...bought(who, 3, 0), type: 'click', amount: null })),
      bought('ann', 2, 1),
      bought('ann', 5, 10),
      bought('ann', 6, 5),
      bought('ben', 5, 100),
      bought('ben', 6, 40, 'spring'),
      bought('dee', 9 * 24, 7, 'spring'),
      bought('ann', 7, 20, 'boots'),
      ...others.map((contact) => bought(contact, 2000, 3)),
    ]);
  });
  after(() => closeTestStore(store));

  const asked = (campaign: Campaign, by: string, via: 'click' | 'coupon' | null = null) => ({
    ...{ campaign, program: 'club', topic: 'deals', by, via, meant: false },
    ...{ since: SINCE, ended: at(10), days: 7 },
  });
  const told = async (campaign: Campaign, by: string, via: 'click' | 'coupon' | null, slice?: number) => {
    const found = await outcomesOf(store, asked(campaign, by, via), slice);
    const { people, hits, sum, squares } = found.find(({ group }) => group === 'everyone') ?? {};
    return [people, hits, sum, squares];
  };

  for (const slice of [1, 2, 5000]) {
    it(`are a person's click on one of its links, once and within its days, in slices of ${slice}`, async () => {
      expect(await told('spring', 'click', null, slice)).to.deep.equal([4, 1, 0, 0]);
      expect(await told('boots', 'click', null, slice)).to.deep.equal([4, 1, 0, 0]);
    });
  }

  it('are a purchase after a click on one of its links', async () => {
    expect(await told('spring', 'purchase', 'click')).to.deep.equal([4, 1, 35, 35 ** 2]);
    expect(await told('boots', 'purchase', 'click')).to.deep.equal([4, 1, 140, 140 ** 2]);
  });

  it('are a purchase with one of its codes, whoever used the code', async () => {
    expect(await told('spring', 'purchase', 'coupon')).to.deep.equal([4, 1, 40, 40 ** 2]);
    expect(await told('boots', 'purchase', 'coupon')).to.deep.equal([4, 1, 20, 20 ** 2]);
    expect(await told('boots', 'visit', 'coupon')).to.deep.equal([4, 0, 0, 0]);
  });

  it('stand beside all purchases of its people', async () => {
    expect(await told('spring', 'purchase', null)).to.deep.equal([4, 2, 176, 36 ** 2 + 140 ** 2]);
  });

  it('are found by indexes, with hardly more rows read than are credited', async () => {
    const read = async (by: string, via: 'click' | 'coupon' | null, collection: string): Promise<number> => {
      await store.db.command({ profile: 2, slowms: 0 });
      await outcomesOf(store, asked('spring', by, via));
      await store.db.command({ profile: 0 });
      const looks = store.db.collection('system.profile');
      const found = await looks.find({ ns: `${store.db.databaseName}.${collection}` }).toArray();
      await looks.drop();
      // Of the deliveries only those that were looked up count here, since all groups are counted over every row.
      const asking = found.filter(({ command }) => collection !== 'deliveries' || command.find !== undefined);
      expect(asking).to.have.length.at.least(1);
      return Math.max(
        ...asking.map(({ docsExamined, keysExamined }) => Math.max(docsExamined, keysExamined)),
      );
    };
    expect(await read('click', null, 'clicks')).to.be.at.most(10);
    expect(await read('click', null, 'deliveries')).to.be.at.most(10);
    expect(await read('purchase', 'coupon', 'events')).to.be.at.most(12);
    expect(await read('purchase', 'click', 'events')).to.be.at.most(40);
  });
});
