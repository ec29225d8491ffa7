import { expect } from 'chai';
import { countRecipients, estimateResendRecipients } from '../../src/campaigns/recipients.ts';
import type { AppContext } from '../../src/consent/app-context.ts';
import { CommandRefused } from '../../src/consent/command-refused.ts';
import { sizeOf } from '../../src/domain/statistics.ts';
import type { CampaignDoc } from '../../src/store/campaigns/campaign-document.ts';
import { campaignRowId } from '../../src/store/campaigns/messages.ts';
import { countMissed, type Missed, missedAmong, missedPage } from '../../src/store/campaigns/resend.ts';
import { whoGot } from '../../src/store/campaigns/send-history.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import type { Store } from '../../src/store/store.ts';
import { bareRow } from '../receipts/rows.ts';
import { addSubscriber, testPeople } from '../support/people.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const CAMPAIGN = 'spring';
const MISSED: Missed = { of: CAMPAIGN, unknownToo: false };

/** More than one look takes, who were skipped as they must not be texted. */
const SKIPPED = 12_000;

describe('the people who missed a campaign', () => {
  let store: Store;
  let missed: string[] = [];
  before(async () => {
    ({ store } = await openTestStore());
    const people = testPeople('171');
    const holders = await Promise.all(Array.from({ length: 5 }, () => addSubscriber(store, people)));
    const rows = holders.map(({ id: contact, index }, at) =>
      ended(contact, { index, state: at < 3 ? 'expired' : 'delivered' }),
    );
    // The program had lost their topic when it was their turn.
    const lost = { allowed: false as const, reasons: ['topic-gone' as const], at: new Date() };
    Object.assign(rows[1] ?? {}, { state: 'skipped', decision: lost });
    const never = { ...lost, reasons: ['quiet-hours' as const] };
    Object.assign(rows[2] ?? {}, { state: 'skipped', decision: never });
    const decision = { allowed: false as const, reasons: ['opted-out' as const], at: new Date() };
    // These ids come before all random ids.
    const others = Array.from({ length: SKIPPED }, (_, at) =>
      ended(`c_!${String(at).padStart(6, '0')}`, { state: 'skipped', decision }),
    );
    const wide = holders.map(({ id: contact }) => ended(contact, { campaign: 'wide', state: 'expired' }));
    await store.deliveries.insertMany([...rows, ...others, ...wide]);
    missed = holders
      .slice(0, 3)
      .map(({ id }) => id)
      .sort();
  });
  after(() => closeTestStore(store));

  const ended = (contact: string, fields: Partial<DeliveryDoc>): DeliveryDoc => {
    const { open: _open, ...row } = bareRow({ contact, campaign: CAMPAIGN, ...fields });
    return row;
  };
  const page = (after: string | null, limit: number) => missedPage(store, MISSED, 'again', { after, limit });

  it('are found among many who must not be texted, in the order of ids, each once', async () => {
    const found: string[] = [];
    for (let [after, complete]: [string | null, boolean] = [null, false]; !complete; ) {
      const next = await page(after, 2);
      expect(next.people.length).to.be.at.most(2);
      found.push(...next.people.map(({ _id }) => _id));
      ({ to: after, complete } = next);
    }
    expect(found).to.deep.equal(missed);
  });

  it('exclude those whose failure report may be wrong, unless unknown outcomes are included', async () => {
    const failures = { lost: '30410', refused: '30003', unconfirmed: '30046' };
    const casts = ['181', '182', '186'];
    const ids: Record<string, string> = {};
    for (const [name, error] of Object.entries(failures)) {
      const { id, index } = await addSubscriber(store, testPeople(casts.shift() ?? ''));
      ids[name] = id;
      const _id = campaignRowId('timeout', index);
      const row = ended(id, { campaign: 'timeout', index, state: 'undelivered', error });
      await store.deliveries.insertOne({ ...row, _id });
    }
    const who = async (of: string, unknownToo: boolean): Promise<string[][]> => {
      const missed: Missed = { of, unknownToo };
      const { people } = await missedPage(store, missed, 'again', { after: null, limit: 10 });
      const among = await missedAmong(store, missed, 'again', Object.values(ids));
      return [people.map(({ _id }) => _id), [...among]].map((some) => some.sort());
    };
    const { lost = '', refused = '', unconfirmed = '' } = ids;
    expect(await who('timeout', false)).to.deep.equal([[refused], [refused]]);
    const out = { by: 'again', campaigns: ['timeout'], recurrences: [] };
    const got = await whoGot(store, out, await store.contacts.find().toArray(), new Date());
    expect([...got].sort()).to.deep.equal([lost, unconfirmed].sort());
    const all = [lost, refused, unconfirmed].sort();
    expect(await who('timeout', true)).to.deep.equal([all, all]);
    // A person whose resend may have arrived counts as served.
    const again: Missed = { of: 'timeout', unknownToo: false };
    await store.campaigns.insertOne({ _id: 'elsewhere', state: 'finished', missed: again } as CampaignDoc);
    const id = campaignRowId('elsewhere', (await store.contacts.findOne({ _id: refused }))?.index ?? '');
    const second = ended(refused, { campaign: 'elsewhere', state: 'failed', error: '30410' });
    await store.deliveries.insertOne({ ...second, _id: id });
    const served = await missedAmong(store, again, 'again', [refused]);
    expect([...served]).to.deep.equal([]);
  });

  it('exclude people who were held out of its resend, by any of their numbers', async () => {
    const people = testPeople('183');
    const put = async (...rows: { campaign: string; over: Partial<DeliveryDoc> }[]) => {
      const { id, index } = await addSubscriber(store, people);
      const made = rows.map(({ campaign, over }) => ({
        ...ended(id, { campaign, index, ...over }),
        _id: campaignRowId(campaign, index),
      }));
      await store.deliveries.insertMany(made);
      return id;
    };
    const skippedFor = (reason: 'holdout' | 'opted-out'): Partial<DeliveryDoc> => ({
      state: 'skipped',
      decision: { allowed: false, reasons: [reason], at: new Date() },
    });
    const expired = { campaign: 'sale', over: { state: 'expired' as const } };
    const missed: Missed = { of: 'sale', unknownToo: false };
    await store.campaigns.insertOne({ _id: 'sale-again', missed } as CampaignDoc);
    const heldOut = await put(expired, { campaign: 'sale-again', over: skippedFor('holdout') });
    const left = await put(expired, { campaign: 'sale-again', over: skippedFor('opted-out') });
    const both = [await put({ campaign: 'sale', over: skippedFor('holdout') }), await put(expired)];
    await store.contacts.updateMany({ _id: { $in: both } }, { $set: { personId: 'p_both' } });
    const all = [heldOut, left, ...both];
    const who = async (self: string) => [...(await missedAmong(store, missed, self, all))].sort();
    expect(await who('sale-third')).to.deep.equal([left]);
    // Rows of the resend itself do not exclude anybody.
    expect(await who('sale-again')).to.deep.equal([heldOut, left].sort());
  });

  it('include people held out of a resend that was canceled before anybody got it', async () => {
    const { id, index } = await addSubscriber(store, testPeople('184'));
    const other = await addSubscriber(store, testPeople('185'));
    const row = (campaign: string, whose: { id: string; index: string }, over: Partial<DeliveryDoc>) => ({
      ...ended(whose.id, { campaign, index: whose.index, ...over }),
      _id: campaignRowId(campaign, whose.index),
    });
    const holdout = { allowed: false as const, reasons: ['holdout' as const], at: new Date() };
    const missed: Missed = { of: 'fall', unknownToo: false };
    const again = { _id: 'fall-again', state: 'canceled' as const, missed } as CampaignDoc;
    await store.campaigns.insertOne(again);
    await store.deliveries.insertMany([
      row('fall', { id, index }, { state: 'expired' }),
      row('fall-again', { id, index }, { state: 'skipped', decision: holdout }),
      row('fall-again', other, { state: 'canceled' }),
    ]);
    const who = async () => [...(await missedAmong(store, missed, 'fall-third', [id]))];
    expect(await who()).to.deep.equal([id]);
    const left = { $set: { state: 'delivered' as const } };
    await store.deliveries.updateOne({ _id: campaignRowId('fall-again', other.index) }, left);
    expect(await who(), 'once somebody got it').to.deep.equal([]);
  });

  it('are counted whole, or up to a limit', async () => {
    const all = { people: 3, ids: [], rows: SKIPPED + 3, whole: true };
    expect(await countMissed(store, MISSED, 'again', { leftMs: () => 9000 })).to.deep.equal(all);
    const countedMissed = await countMissed(store, MISSED, 'again', { leftMs: () => 9000, most: 1 });
    expect(countedMissed).to.deep.include({ people: 3, whole: true });
    const behind = { leftMs: () => 9000, after: missed[0] ?? '', some: 2 };
    const { ids, ...rest } = await countMissed(store, MISSED, 'again', behind);
    expect(rest.people, 'only those after a contact').to.equal(2);
    expect(ids.sort()).to.deep.equal(missed.slice(1));
    const few = await countMissed(store, MISSED, 'again', { leftMs: () => 9000, some: 1 });
    expect([few.ids.length, missed.includes(few.ids[0] ?? '')]).to.deep.equal([1, true]);
  });

  it('are counted in whole steps while there is time, and few of their fields are read', async () => {
    const looks = await profiled(/(deliveries|contacts)$/, async () => {
      const leftMs = ticking(-1000, 20_000);
      const { rows, whole, people } = await countMissed(store, MISSED, 'again', { leftMs, step: 1000 });
      expect({ whole, people, rest: rows % 1000 }).to.deep.equal({ whole: false, people: 0, rest: 0 });
      expect(rows).to.be.within(1000, SKIPPED - 1000);
      await countMissed(store, MISSED, 'again', { leftMs: () => 9000 });
    });
    const ofPeople = looks.filter(({ ns }) => ns.endsWith('contacts'));
    expect(ofPeople.length).to.be.above(0);
    for (const { command } of ofPeople) expect(command.projection).to.deep.equal({ index: 1, personId: 1 });
    for (const { command } of looks) expect(command.maxTimeMS).to.be.above(0);
  });

  it('are estimated from the part that there was time for', async () => {
    const wide = { ...MISSED, of: 'wide', root: 'wide' };
    const about = async (ms: number) => {
      const found = await estimateResendRecipients({ store, monotonic: ticking(ms) }, wide, 'again', {
        step: 2,
      });
      return found === null ? null : sizeOf(found).people;
    };
    expect(await about(0)).to.equal(5);
    const counts = await profiled(/deliveries$/, async () => {
      expect(await about(1000)).to.equal(5);
    });
    expect(counts.some(({ command }) => command.pipeline !== undefined)).to.equal(true);
    expect(await about(6000)).to.equal(null);
    const people = (await store.deliveries.find({ campaign: 'wide' }).toArray()).map(
      ({ contact }) => contact,
    );
    const [, second = ''] = people.sort();
    const ahead = await estimateResendRecipients({ store, monotonic: ticking(1000) }, wide, 'again', {
      ...{ after: second, step: 2 },
    });
    expect(ahead).to.deep.equal({ fitting: 2, sample: 2, all: 3 });
  });

  it('are not waited for when they cannot be counted in time: the start is refused', async () => {
    const ask = (ms: number) => {
      const context = { store, monotonic: ticking(ms) } as Partial<AppContext> as AppContext;
      const campaign = { _id: 'again', missed: MISSED } as Partial<CampaignDoc> as CampaignDoc;
      return countRecipients(context, campaign, {
        segment: { kind: 'all', of: [] },
        at: new Date(),
        most: null,
      });
    };
    expect(await ask(0)).to.equal(3);
    const refused = await ask(26_000).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(CommandRefused);
    expect(refused).to.have.property('message').that.includes('could not be counted in 25 seconds');
  });

  it('are read from an index of only those who may have missed it', async () => {
    const seen = await profiled(/deliveries$/, () => page(null, 500));
    const read = seen.filter(({ command }) => command.hint === 'not-got');
    expect(read.length).to.equal(3);
    for (const { keysExamined, nreturned } of read) expect(keysExamined).to.be.at.most(nreturned + 1);
  });

  type ProfiledCommand = {
    ns: string;
    command: { projection?: object; maxTimeMS?: number; hint?: unknown; pipeline?: object[] };
    keysExamined: number;
    nreturned: number;
  };
  async function profiled(of: RegExp, ask: () => Promise<unknown>): Promise<ProfiledCommand[]> {
    await store.db.command({ profile: 2, slowms: 0 });
    await ask();
    await store.db.command({ profile: 0 });
    const looks = store.db.collection('system.profile');
    const found = await looks.find({ ns: of, op: { $in: ['query', 'command'] } }).toArray();
    await looks.drop();
    return found as unknown as ProfiledCommand[];
  }
});

/** A clock that moves by so much each time it is looked at, ms. */
function ticking(by: number, from = 0): () => number {
  let at = from;
  return () => (at += by);
}
