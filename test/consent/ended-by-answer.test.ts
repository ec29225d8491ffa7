import { expect } from 'chai';
import { PROGRAMS } from '../../scripts/seed/programs.ts';
import type { InboundMessage } from '../../src/consent/inbound/message.ts';
import { receive } from '../../src/consent/inbound/receive.ts';
import { ageConsents } from '../../src/consent/list/age-consents.ts';
import { optIn } from '../../src/consent/opt-in.ts';
import type { OpenDesk } from '../../src/open-desk.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/deliveries.ts';
import { newPerson, newSid } from '../promises/inbound-posts.ts';
import { deskOf, plant, rowOf } from '../receipts/rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const OLD = 530 * 86_400_000;

describe('a program that an answer ended', () => {
  let gateway: Gateway;
  let open: OpenDesk;
  before(async () => {
    gateway = await startGateway({ programs: PROGRAMS, worker: false });
    open = await deskOf(gateway);
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const messageOf = (from: string, body: string): InboundMessage => {
    const odd = { post: 'first', otherBodies: [], optOutType: null, form: { Body: body } };
    return { sid: newSid(), from, to: '28555', body, receivedAt: new Date(), door: 'webhook', ...odd };
  };
  const offerTo = (number: string, program: string): Promise<DeliveryDoc> =>
    plant(open, number, 'an offer', { state: 'planned', epoch: 0, rev: 1, program, topic: program });
  const endOf = async (row: DeliveryDoc): Promise<string> => {
    const { state, error } = await rowOf(gateway.store, row);
    return error === undefined ? state : `${state}: ${error}`;
  };

  /** Joins, grows old, and has the question for renewal. */
  const askedAgain = async (number: string, words: string[]): Promise<void> => {
    for (const word of words) await gateway.text(number, word);
    const at = new Date(Date.now() - OLD);
    await gateway.store.contacts.updateOne(
      { index: open.desk.indexOf(number), 'subscriptions.program': 'deals' },
      { $set: { 'subscriptions.$.basis.at': at, 'subscriptions.$.since': at, promptsSent: [] } },
    );
    const { asked } = await ageConsents(open.desk, { most: 10, goOn: () => true });
    expect(asked).to.equal(1);
    await gateway.store.contacts.updateOne(
      { index: open.desk.indexOf(number), 'prompts.disclosure.touchpoint': 'sms-renewal.en' },
      { $set: { 'prompts.$.handedOverAt': new Date() } },
    );
  };

  it('has nothing planned when NO to the question for renewal is answered, nor when that text comes again', async () => {
    const number = newPerson();
    await askedAgain(number, ['JOIN', 'YES', 'ORDERS', 'YES']);
    const [offer, order] = [await offerTo(number, 'deals'), await offerTo(number, 'orders')];

    const no = messageOf(number, 'NO');
    const said = await receive(open.desk, no);
    expect(said.map(({ text }) => text).join()).to.match(/no more Fernway Deals texts/);
    expect(await endOf(offer)).to.equal('canceled: opted out');
    expect(await endOf(order)).to.equal('planned');

    for (const one of said) one.takeTurn();
    const sent = { result: 'accepted' as const, carrierSid: null, at: new Date() };
    await open.desk.settler.record(said.map(({ ref }) => ({ ...ref, ...sent })));
    const late = await offerTo(number, 'deals');
    await receive(open.desk, no);
    expect(await endOf(late)).to.equal('canceled: opted out');
  });

  it('has nothing planned of a topic that NO to a question about it turned off, and keeps the rest', async () => {
    const number = newPerson();
    for (const word of ['JOIN', 'YES', '2']) await gateway.text(number, word);
    const index = open.desk.indexOf(number);
    const contact = await gateway.store.contacts.findOne({ index });
    const asked = contact?.prompts[0];
    if (contact === null || asked === undefined) throw new Error('nothing was asked');
    // As it stands open where the same question was answered with YES from another number of ours.
    const disclosure = { touchpoint: 'sms-topic-prompt.news.en', version: 1 };
    const question = { ...asked, id: 'of-news', topics: ['news'], disclosure, state: 'open' as const };
    await gateway.store.contacts.updateOne({ index }, { $push: { prompts: question } });
    const offer = await offerTo(number, 'deals');
    const news = await plant(open, number, 'news', {
      ...{ state: 'planned', epoch: 0, rev: 1, program: 'deals', topic: 'news' },
    });

    const no = messageOf(number, 'NO');
    const said = await receive(open.desk, no);
    expect(said.map(({ text }) => text).join()).to.match(
      /no more Store news texts. You still get Fernway Deals/,
    );
    expect(await endOf(news)).to.equal('canceled: opted out');
    expect(await endOf(offer)).to.equal('planned');
  });

  it('is ended by NO that crosses with the question of a form, which is refused with it', async () => {
    const number = newPerson();
    await askedAgain(number, ['JOIN', 'YES']);
    const door = { channel: 'WEB_FORM' as const, language: null, actor: 'key:test' };
    const origin = { page: 'https://fernway.example/orders' };
    const asked = await optIn(open.desk, { number, program: 'orders', ...door, origin });
    expect(asked?.kind).to.equal('prompted');
    const offer = await offerTo(number, 'deals');

    const said = await receive(open.desk, messageOf(number, 'NO'));
    for (const one of said) one.takeTurn();
    expect(said.map(({ text }) => text).join()).to.match(/no more Fernway Deals texts/);
    expect(await endOf(offer)).to.equal('canceled: opted out');
    const contact = await gateway.store.contacts.findOne({ index: open.desk.indexOf(number) });
    const states = contact?.subscriptions.map(({ program, state }) => `${program} ${state}`);
    expect(states).to.have.members(['deals unsubscribed', 'orders refused']);
  });
});
