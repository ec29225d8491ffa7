import { expect } from 'chai';
import { campaignRowId } from '../../src/store/campaigns/messages.ts';
import { whoGot } from '../../src/store/campaigns/send-history.ts';
import type { ContactDoc, Send } from '../../src/store/contacts/contacts.ts';
import type { DeliveryDoc, DeliveryState } from '../../src/store/deliveries/delivery.ts';
import type { Store } from '../../src/store/store.ts';
import { bareRow } from '../receipts/rows.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const NOW = new Date('2026-03-01T12:00:00.000Z');
const FULL: Send[] = Array.from({ length: 20 }, (_, at) => ({
  ...{ campaign: `newer-${at}`, at: NOW, delivered: true },
}));
/** Full, or full until what failed late was taken out. */
const FORGOT = ['full', 'late', 'later', 'unsure'];

describe('the people who got a campaign, by its deliveries', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
    const person = (_id: string, more: Partial<ContactDoc> = {}) =>
      ({ _id, index: `1.${_id}`, current: true, rev: 1, ...more }) as Partial<ContactDoc> as ContactDoc;
    await store.contacts.insertMany([
      ...['a', 'c', 'd'].map((id) => person(id)),
      ...['b1', 'b2', 'b3'].map((id) => person(id, { personId: 'p_b', current: id !== 'b3' })),
      person('full', { sends: FULL }),
      person('late', { sends: FULL.slice(1) }),
      person('later', { sends: [] }),
      person('unsure', {
        sends: FULL.map((send) => ({ ...send, delivered: false, unknown: true as const })),
      }),
    ]);
    const row = (
      contact: string,
      campaign: string,
      state: DeliveryState,
      more: Partial<DeliveryDoc> = {},
    ) => {
      const { open: _open, ...rest } = bareRow({ contact, campaign, state, ...more });
      return { ...rest, _id: campaignRowId(campaign, `1.${contact}`) };
    };
    await store.deliveries.insertMany([
      row('a', 'spring', 'delivered'),
      row('b3', 'spring', 'sent'),
      row('c', 'spring', 'planned', { validUntil: NOW }),
      row('d', 'spring', 'skipped'),
      row('full', 'weekly.2602221200', 'delivered'),
      row('unsure', 'weekly.2602221200', 'unknown'),
      row('late', 'weekly.2602221200', 'delivered'),
      row('later', 'weekly.2602221200', 'delivered'),
      row('b1', 'weekly.2602221200', 'accepted'),
      row('full', 'weekly-2', 'delivered'),
    ]);
    const others = Array.from({ length: 2000 }, (_, at) => row(`x${at}`, 'spring', 'delivered'));
    const earlier = Array.from({ length: 300 }, (_, at) => row('full', `earlier-${at}`, 'delivered'));
    await store.deliveries.insertMany([...others, ...earlier]);
  });
  after(() => closeTestStore(store));

  const who = async (campaigns: string[], recurrences: string[] = [], by = 'rest'): Promise<string[]> => {
    const people = await store.contacts.find({ current: true }).toArray();
    return [...(await whoGot(store, { by, campaigns, recurrences }, people, NOW))].sort();
  };

  it('include whoever got it on any of their numbers, and nobody whose message did not arrive', async () => {
    expect(await who(['spring'])).to.deep.equal(['a', 'b1', 'b2']);
  });

  it('include people of all runs of a recurrence, except the run that asks', async () => {
    expect(await who([], ['weekly'])).to.deep.equal(['b1', 'b2', ...FORGOT]);
    expect(await who([], ['weekly'], 'weekly.2602221200')).to.deep.equal([]);
    expect(await who(['spring'], ['weekly'])).to.deep.equal(['a', 'b1', 'b2', ...FORGOT]);
  });

  it('are found without reading the deliveries of other people', async () => {
    await store.db.command({ profile: 2, slowms: 0 });
    await who(['spring', 'fall'], ['weekly']);
    await store.db.command({ profile: 0 });
    const looks = await store.db
      .collection('system.profile')
      .find({ op: 'query', ns: { $regex: /\.deliveries$/ } })
      .toArray();
    expect(looks.map(({ command }) => command.hint)).to.have.deep.members([{ _id: 1 }, 'campaign-contact']);
    for (const { keysExamined, docsExamined } of looks) {
      expect(keysExamined).to.be.at.most(60);
      expect(docsExamined).to.be.at.most(10);
    }
  });

  it('are known by the person as merged at the time of the question', async () => {
    const [b1] = await store.contacts.find({ _id: 'b1' }).toArray();
    const stale = { ...b1, personId: 'p_before' } as ContactDoc;
    const got = await whoGot(store, { by: 'rest', campaigns: ['spring'], recurrences: [] }, [stale], NOW);
    expect([...got]).to.deep.equal(['b1']);
  });
});
