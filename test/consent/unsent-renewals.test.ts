import { expect } from 'chai';
import { PROGRAMS } from '../../scripts/seed/programs.ts';
import { ageConsents } from '../../src/consent/list/age-consents.ts';
import type { OpenDesk } from '../../src/open-desk.ts';
import { sweepAll } from '../../src/receipts/hygiene/sweep.ts';
import { publishDisclosure } from '../../src/store/consent/disclosures.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/deliveries.ts';
import { newClient } from '../api/client.ts';
import { newPerson } from '../promises/inbound-posts.ts';
import { deskOf } from '../receipts/rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const DAY = 86_400_000;
const NONE = { asked: 0, lapsed: 0, waiting: 0 };

describe('a question for renewal that never left', () => {
  let gateway: Gateway;
  let open: OpenDesk;
  let ahead = 0;
  before(async () => {
    gateway = await startGateway({ programs: PROGRAMS, worker: false });
    open = await deskOf(gateway, () => new Date(Date.now() + ahead));
  });
  beforeEach(async () => {
    await gateway.store.contacts.deleteMany({});
    await gateway.store.deliveries.deleteMany({});
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const run = () => ageConsents(open.desk, { most: 10, goOn: () => true });
  const contactOf = async (number: string) => {
    const contact = await gateway.store.contacts.findOne({ index: open.desk.indexOf(number) });
    if (contact === null) throw new Error('nobody has this number');
    return contact;
  };
  const asked = async (number: string): Promise<DeliveryDoc[]> => {
    const { _id: contact } = await contactOf(number);
    return gateway.store.deliveries.find({ contact, template: 'renewal' }).sort({ createdAt: 1 }).toArray();
  };
  /** Someone whose consent is so many days old that they are asked. */
  const aged = async (days = 530): Promise<string> => {
    ahead = 0;
    const number = newPerson();
    for (const word of ['JOIN', 'YES']) await gateway.text(number, word);
    const at = new Date(Date.now() - days * DAY);
    await gateway.store.contacts.updateOne(
      { index: open.desk.indexOf(number), 'subscriptions.program': 'deals' },
      { $set: { 'subscriptions.$.basis.at': at, 'subscriptions.$.since': at, promptsSent: [] } },
    );
    expect(await run()).to.deep.equal({ asked: 1, lapsed: 0, waiting: 0 });
    return number;
  };

  it('is put anew two days later where its message was refused, and the first one can be answered no more', async () => {
    const number = await aged();
    const [row] = await asked(number);
    ahead = 2 * DAY;
    expect(await run(), 'it may still leave').to.deep.equal({ asked: 0, lapsed: 0, waiting: 0 });
    await gateway.store.deliveries.updateOne({ _id: row?._id ?? '' }, { $set: { state: 'skipped' } });
    ahead = DAY / 2;
    expect(await run(), 'a prompt a day').to.deep.equal({ asked: 0, lapsed: 0, waiting: 0 });
    ahead = 2 * DAY;
    expect(await run()).to.deep.equal({ asked: 1, lapsed: 0, waiting: 0 });
    expect(await asked(number)).to.have.length(2);
    const { prompts } = await contactOf(number);
    const renewals = prompts.filter(({ disclosure }) => disclosure.touchpoint === 'sms-renewal.en');
    expect(renewals.map(({ state }) => state)).to.deep.equal(['superseded', 'open']);
    expect(await run()).to.deep.equal({ asked: 0, lapsed: 0, waiting: 0 });
  });

  it('counts toward no limit, however often it was lost: whoever got none is asked again', async () => {
    const number = await aged();
    for (let times = 1; times <= 4; times += 1) {
      const row = (await asked(number)).at(-1);
      await gateway.store.deliveries.updateOne({ _id: row?._id ?? '' }, { $set: { state: 'skipped' } });
      ahead = 2 * times * DAY;
      expect(await run(), `after ${times} lost`).to.deep.equal({ asked: 1, lapsed: 0, waiting: 0 });
    }
    expect((await contactOf(number)).promptsSent).to.have.length(1);
  });

  it('is put anew after the hold that canceled it, and not before', async () => {
    const number = await aged();
    await gateway.text(number, 'i get too many texts');
    expect((await asked(number)).map(({ state }) => state)).to.deep.equal(['canceled']);
    ahead = 2 * DAY;
    expect(await run()).to.deep.equal({ asked: 0, lapsed: 0, waiting: 1 });
    const client = await newClient(gateway);
    const { body: holds } = await client('get', '/holds');
    const body = { decision: 'release', reason: 'She asked how often we text.' };
    expect((await client('post', `/holds/${holds.items[0].id}/decide`, { body })).status).to.equal(200);
    expect(await run()).to.deep.equal({ asked: 1, lapsed: 0, waiting: 0 });
  });

  const endWith = async (
    row: DeliveryDoc | undefined,
    ended: Partial<DeliveryDoc>,
    at = new Date(),
  ): Promise<void> => {
    await gateway.store.contacts.updateOne(
      { _id: row?.contact ?? '', 'prompts.id': row?.prompt ?? '' },
      { $set: { 'prompts.$.handedOverAt': at } },
    );
    await gateway.store.deliveries.updateOne(
      { _id: row?._id ?? '' },
      { $set: { acceptedAt: at, finalAt: at, ...ended } },
    );
  };

  for (const [what, ended] of [
    ['arrived', { state: 'delivered' }],
    ['may have arrived, as its network says', { state: 'undelivered', error: '30410' }],
    ['is with the carrier', { state: 'sent' }],
  ] as const) {
    it(`is put no second time where it ${what} and nobody answered`, async () => {
      const number = await aged();
      await endWith((await asked(number))[0], ended);
      ahead = 2 * DAY;
      expect(await run()).to.deep.equal({ asked: 0, lapsed: 0, waiting: 0 });
      expect(await asked(number)).to.have.length(1);
    });
  }

  it('is put anew once where the carrier took it and could not deliver it, so that the number stays open', async () => {
    const number = await aged(520);
    const nights: number[] = [];
    for (let night = 0; night < 25; night += 1) {
      ahead = night * DAY;
      await run();
      for (const row of (await asked(number)).filter(({ state }) => state === 'planned')) {
        await endWith(row, { state: 'undelivered', error: '30003' }, open.desk.now());
        nights.push(night);
      }
    }
    expect(nights).to.deep.equal([0, 15]);
    const swept = await sweepAll(open.desk, { most: 100, goOn: () => true });
    expect(swept).to.include({ ended: 0, suppressed: 0 });
    expect((await contactOf(number)).promptsSent, 'of three places').to.have.length(2);
    const { _id: contact, prompts } = await contactOf(number);
    const entries = await gateway.store.consentEvents.find({ contact }).sort({ seq: 1 }).toArray();
    expect(entries.slice(-3).map(({ kind }) => kind)).to.deep.equal(['prompted', 'superseded', 'prompted']);
    expect(prompts.at(-1)?.seq).to.equal(entries.at(-1)?.seq);
    await endWith((await asked(number)).at(-1), { state: 'delivered' });
    await gateway.text(number, 'YES');
    const { subscriptions } = await contactOf(number);
    expect(subscriptions[0]?.basis?.disclosure.touchpoint).to.equal('sms-renewal.en');
  });

  it('is put anew half-way where there is less time to ask', async () => {
    const number = await aged(520);
    await endWith((await asked(number))[0], { state: 'undelivered', error: '30003' });
    const programs = { ...open.desk.catalog.current() };
    const { book } = programs;
    const short = book.programs.map((one) =>
      one.id === 'deals' ? { ...one, consentAge: { months: 18, askDays: 28 } } : one,
    );
    const catalog = {
      ...open.desk.catalog,
      current: () => ({ ...programs, book: { ...book, programs: short } }),
    };
    ahead = 14 * DAY;
    const desk = { ...open.desk, catalog };
    expect(await run()).to.deep.equal(NONE);
    expect(await ageConsents(desk, { most: 10, goOn: () => true })).to.include({ asked: 1 });
  });

  it('leaves a place of the month to other questions', async () => {
    const number = await aged(520);
    await endWith((await asked(number))[0], { state: 'undelivered', error: '30003' });
    const sent = { at: new Date(), program: 'stylist', own: false };
    const { _id } = await contactOf(number);
    await gateway.store.contacts.updateOne({ _id }, { $push: { promptsSent: sent } });
    ahead = 15 * DAY;
    expect(await run()).to.deep.equal(NONE);
  });

  it('is put anew in other words alone where its words were filtered', async () => {
    const number = await aged(520);
    await endWith((await asked(number))[0], { state: 'undelivered', error: '30007' });
    ahead = 15 * DAY;
    expect(await run()).to.deep.equal(NONE);
    const shown = open.desk.catalog.current().disclosure('deals', 'sms-renewal.en');
    const words = {
      ...{ program: 'deals', touchpoint: 'sms-renewal.en', language: 'en' as const, promised: [] },
      ...{ text: `${shown.text} Thanks.`, topics: ['deals'] },
    };
    await publishDisclosure(open.desk.store, words, new Date());
    await open.desk.catalog.refresh();
    expect(await run()).to.deep.equal({ ...NONE, asked: 1 });
  });
});
