import { expect } from 'chai';
import { recordSendHistory } from '../../../src/campaigns/send-history.ts';
import type { AppContext } from '../../../src/consent/app-context.ts';
import { compile } from '../../../src/domain/segments/query.ts';
import type { Resolved } from '../../../src/domain/segments/tree.ts';
import { type CampaignDoc, NO_PLAN } from '../../../src/store/campaigns/campaign-document.ts';
import { noteClick } from '../../../src/store/campaigns/send-history.ts';
import type { ContactDoc, Send } from '../../../src/store/contacts/contacts.ts';
import type { DeliveryDoc, DeliveryState } from '../../../src/store/deliveries/delivery.ts';
import type { Store } from '../../../src/store/store.ts';
import type { ClickKind } from '../../../src/store/templates/links.ts';
import { closeTestStore, openTestStore } from '../../support/test-store.ts';

const HOUR = 3_600_000;
const ENDED = new Date('2026-03-01T12:00:00.000Z');
const hoursAfter = (hours: number): Date => new Date(ENDED.getTime() + hours * HOUR);

describe('the send history on contacts', () => {
  let store: Store;
  let now = ENDED;
  before(async () => {
    ({ store } = await openTestStore());
  });
  beforeEach(async () => {
    for (const collection of [store.contacts, store.deliveries, store.campaigns, store.clicks])
      await collection.deleteMany({});
    now = ENDED;
  });
  after(async () => {
    await closeTestStore(store);
  });

  const note = () => recordSendHistory({ store, now: () => now } as AppContext);
  const person = (_id: string, more: Partial<ContactDoc> = {}) =>
    store.contacts.insertOne({
      ...{ _id, index: `1.${_id}`, current: true, rev: 4, sealed: Buffer.from('x'), subscriptions: [] },
      ...more,
    } as Partial<ContactDoc> as ContactDoc);
  const campaign = (_id: string, more: Partial<CampaignDoc> = {}) =>
    store.campaigns.insertOne({ _id, state: 'finished', endedAt: ENDED, ...more } as CampaignDoc);
  const row = (contact: string, of: string, state: DeliveryState, hours = 0) =>
    store.deliveries.insertOne({
      ...{ _id: `${of}-${contact}`, contact, campaign: of, state, acceptedAt: hoursAfter(hours) },
    } as Partial<DeliveryDoc> as DeliveryDoc);
  const sends = async (id: string): Promise<Send[] | undefined> =>
    (await store.contacts.findOne({ _id: id }))?.sends;

  it('lists a campaign once for each person who got it, and for nobody else', async () => {
    for (const id of ['a', 'b', 'c', 'd']) await person(id);
    await person('erased', { sealed: null });
    await campaign('spring');
    await row('a', 'spring', 'delivered', -2);
    await row('b', 'spring', 'accepted', -1);
    await row('c', 'spring', 'skipped');
    await row('d', 'spring', 'undelivered');
    await row('erased', 'spring', 'delivered');
    expect(await note()).to.deep.equal(['spring']);
    expect(await note()).to.deep.equal([]);
    expect(await sends('a')).to.deep.equal([{ campaign: 'spring', at: hoursAfter(-2), delivered: true }]);
    expect(await sends('b')).to.deep.equal([{ campaign: 'spring', at: hoursAfter(-1), delivered: false }]);
    expect(await sends('c')).to.equal(undefined);
    expect(await sends('d')).to.deep.equal([]);
    expect(await sends('erased')).to.equal(undefined);
    expect(await store.contacts.distinct('rev')).to.deep.equal([4]);
  });

  it('follows late delivery reports', async () => {
    for (const id of ['a', 'b']) await person(id);
    await campaign('spring');
    await row('a', 'spring', 'accepted');
    await row('b', 'spring', 'sent');
    await note();
    await store.deliveries.updateOne({ contact: 'a' }, { $set: { state: 'delivered' } });
    await store.deliveries.updateOne({ contact: 'b' }, { $set: { state: 'undelivered' } });
    now = hoursAfter(1);
    expect(await note()).to.deep.equal(['spring']);
    expect((await sends('a'))?.map((send) => send.delivered)).to.deep.equal([true]);
    expect(await sends('b')).to.deep.equal([]);
  });

  it('says whether a person clicked a link of this campaign, whenever they did', async () => {
    for (const id of ['a', 'b', 'c', 'd']) await person(id);
    for (const of of ['spring', 'boots']) await campaign(of);
    for (const id of ['a', 'b', 'c', 'd']) for (const of of ['spring', 'boots']) await row(id, of, 'sent');
    const click = (contact: string, of: string, kind: ClickKind = 'person') =>
      store.clicks.insertOne({
        ...{ _id: `${of}-${contact}.${kind}`, link: 'l', kind, delivery: `${of}-${contact}`, contact },
        ...{ campaign: of, count: 1, firstAt: ENDED, lastAt: ENDED },
      });
    await click('a', 'spring');
    await click('b', 'boots');
    await click('c', 'spring', 'bot');
    await note();
    const asked = async (clicked: boolean) => {
      const tree: Resolved = { kind: 'sent', campaign: 'spring', clicked };
      return (await store.contacts.find(compile(tree, now)).toArray()).map(({ _id }) => _id).sort();
    };
    expect([await asked(true), await asked(false)]).to.deep.equal([['a'], ['b', 'c', 'd']]);
    // This click comes after the send history was recorded and before it is recorded again.
    await click('d', 'spring');
    await noteClick(store, 'd', 'spring');
    await noteClick(store, 'd', 'a campaign of before');
    now = hoursAfter(1);
    await store.clicks.deleteMany({ contact: 'd' });
    await note();
    expect([await asked(true), await asked(false)]).to.deep.equal([
      ['a', 'd'],
      ['b', 'c'],
    ]);
  });

  it('holds the newest twenty sends, newest first, in whatever order they were recorded', async () => {
    const old = Array.from({ length: 20 }, (_, at) => ({
      campaign: `c${at}`,
      at: hoursAfter(-10 - at),
      delivered: true,
    }));
    await person('a', { sends: old });
    await campaign('between');
    await row('a', 'between', 'delivered', -12.5);
    await note();
    const found = (await sends('a')) ?? [];
    expect(found.map((send) => send.campaign).slice(0, 4)).to.deep.equal(['c0', 'c1', 'c2', 'between']);
    expect([found.length, found.at(-1)?.campaign]).to.deep.equal([20, 'c18']);
  });

  it('keeps a send with an unknown outcome apart until the outcome is known', async () => {
    for (const id of ['got', 'taken', 'unsure']) await person(id);
    for (const id of ['before', 'spring']) await campaign(id);
    for (const id of ['got', 'taken', 'unsure']) await row(id, 'before', 'delivered', -9);
    await row('got', 'spring', 'delivered');
    // The carrier took it, and never told how it ended.
    await row('taken', 'spring', 'unknown');
    await row('unsure', 'spring', 'unknown');
    await store.deliveries.updateOne(
      { _id: 'spring-unsure' },
      { $set: { createdAt: hoursAfter(-1) }, $unset: { acceptedAt: '' } },
    );
    await note();
    expect((await sends('unsure'))?.map((send) => [send.campaign, send.unknown])).to.deep.equal([
      ['before', undefined],
      ['spring', true],
    ]);
    const who = async (tree: Resolved): Promise<string[]> =>
      (await store.contacts.find(compile(tree, ENDED)).toArray()).map(({ _id }) => _id).sort();
    const spring = { kind: 'sent', campaign: 'spring' } as const;
    expect(await who({ kind: 'none', of: [spring] })).to.deep.equal([]);
    expect(await who({ ...spring, delivered: true })).to.deep.equal(['got']);
    expect(await who({ ...spring, clicked: false })).to.deep.equal(['got', 'taken']);
    expect(await who({ kind: 'ignored', last: 1 })).to.deep.equal(['got', 'taken', 'unsure']);
    expect(await who({ kind: 'ignored', last: 2 })).to.deep.equal(['got', 'taken']);
    await store.deliveries.updateOne({ _id: 'spring-unsure' }, { $set: { state: 'undelivered' } });
    now = hoursAfter(1);
    await note();
    expect(await who({ kind: 'none', of: [spring] })).to.deep.equal(['unsure']);
  });

  it('keeps a send as unknown when a failure report may be wrong', async () => {
    await person('a');
    await campaign('spring');
    await row('a', 'spring', 'undelivered');
    await store.deliveries.updateOne({ contact: 'a' }, { $set: { error: '30410' } });
    await note();
    expect((await sends('a'))?.map((send) => send.unknown)).to.deep.equal([true]);
    const silent: Resolved = { kind: 'sent', campaign: 'spring', clicked: false };
    expect(await store.contacts.countDocuments(compile(silent, ENDED))).to.equal(0);
  });

  it('keeps sends of unknown outcome beside twenty known ones', async () => {
    const old = Array.from({ length: 20 }, (_, at) => ({
      ...{ campaign: `c${at}`, at: hoursAfter(-10 - at), delivered: true },
    }));
    await person('a', { sends: old });
    await campaign('spring');
    await row('a', 'spring', 'unknown', -40);
    await store.deliveries.updateOne({ contact: 'a' }, { $rename: { acceptedAt: 'createdAt' } });
    await note();
    const found = (await sends('a'))?.map((send) => send.campaign);
    expect(found).to.deep.equal([...old.map((send) => send.campaign), 'spring']);
  });

  it('is recorded after the last lease of a canceled campaign, and before later passes of others', async () => {
    const plan = { ...NO_PLAN, leaseUntil: ENDED };
    await campaign('older', { passes: 1 });
    await campaign('held', { state: 'canceled', plan });
    now = hoursAfter(1);
    expect(await note()).to.deep.equal(['older']);
    await campaign('another', { state: 'canceled', plan: NO_PLAN, passes: 1 });
    await campaign('fresh');
    await store.campaigns.updateOne({ _id: 'held' }, { $set: { 'plan.leaseUntil': null } });
    const noted = await note();
    expect([noted.slice(0, 2).sort(), noted[2]]).to.deep.equal([['fresh', 'held'], 'another']);
  });

  it('leaves out campaigns that are under way', async () => {
    await person('a');
    await campaign('flying', { state: 'sending' });
    await row('a', 'flying', 'delivered');
    expect(await note()).to.deep.equal([]);
    expect(await sends('a')).to.equal(undefined);
  });

  it('is recorded by one process at a time, and by the next one after a death', async () => {
    await person('a');
    await campaign('spring', { notingUntil: hoursAfter(0.1) });
    await row('a', 'spring', 'delivered');
    expect(await note()).to.deep.equal([]);
    now = hoursAfter(0.1);
    expect(await note()).to.deep.equal(['spring']);
  });

  it('is what segments ask for', async () => {
    await person('silent');
    await person('texted', { repliedAt: hoursAfter(-1) });
    await person('once');
    for (const [at, id] of ['first', 'second'].entries()) {
      await campaign(id);
      await row('silent', id, 'delivered', -3 + at);
      await row('texted', id, 'delivered', -3 + at);
    }
    await row('once', 'second', 'accepted', -2);
    await note();
    const who = async (tree: Resolved): Promise<string[]> => {
      const found = await store.contacts.find(compile(tree, ENDED)).toArray();
      return found.map(({ _id }) => _id).sort();
    };
    expect(await who({ kind: 'sent', campaign: 'first' })).to.deep.equal(['silent', 'texted']);
    expect(await who({ kind: 'sent', campaign: 'second' })).to.deep.equal(['once', 'silent', 'texted']);
    expect(await who({ kind: 'sent', delivered: true })).to.deep.equal(['silent', 'texted']);
    expect(await who({ kind: 'ignored', last: 2 })).to.deep.equal(['silent']);
  });

  it('answers segments about a recurrence by any of its runs', async () => {
    const runs = ['weekly.2602221200', 'weekly.2603011200'];
    for (const [at, id] of [...runs, 'weekly-2'].entries()) {
      await person(`p${at}`);
      await campaign(id, id.includes('.') ? { runOf: 'weekly' } : {});
      await row(`p${at}`, id, 'delivered', -1);
    }
    await note();
    const who = async (tree: Resolved): Promise<string[]> => {
      const found = await store.contacts.find(compile(tree, ENDED)).toArray();
      return found.map(({ _id }) => _id).sort();
    };
    expect(await who({ kind: 'sent', campaign: 'weekly', days: 7 })).to.deep.equal(['p0', 'p1']);
    expect(await who({ kind: 'sent', campaign: 'weekly.2603011200' })).to.deep.equal(['p1']);
    const spared: Resolved = { kind: 'none', of: [{ kind: 'sent', campaign: 'weekly' }] };
    expect(await who(spared)).to.deep.equal(['p2']);
  });
});
