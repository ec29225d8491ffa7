import { expect } from 'chai';
import { PROGRAMS } from '../../scripts/seed/programs.ts';
import { ageConsents } from '../../src/consent/maintenance/renewals.ts';
import { optIn } from '../../src/consent/opt-in-and-out.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { newPerson, postAndWait, postText, textFields } from '../promises/inbound-posts.ts';
import { contextOf, plant, rowOf } from '../receipts/rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { repliesPlanned } from '../support/replies.ts';

const OLD = 530 * 86_400_000;

describe('a program that an answer to a prompt ended', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  before(async () => {
    gateway = await startGateway({ programs: PROGRAMS, worker: 'replies' });
    open = await contextOf(gateway);
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

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
      { index: open.context.indexOf(number), 'subscriptions.program': 'deals' },
      { $set: { 'subscriptions.$.basis.at': at, 'subscriptions.$.since': at, promptsSent: [] } },
    );
    const { asked } = await ageConsents(open.context, { most: 10, goOn: () => true });
    expect(asked).to.equal(1);
    await gateway.store.contacts.updateOne(
      { index: open.context.indexOf(number), 'prompts.disclosure.touchpoint': 'sms-renewal.en' },
      { $set: { 'prompts.$.handedOverAt': new Date() } },
    );
  };

  it('has nothing planned after NO to the renewal prompt, also when that text comes again', async () => {
    const number = newPerson();
    await askedAgain(number, ['JOIN', 'YES', 'ORDERS', 'YES']);
    const [offer, order] = [await offerTo(number, 'deals'), await offerTo(number, 'orders')];

    const no = textFields(number, 'NO');
    const { replies } = await postAndWait(gateway, no);
    expect(replies.join()).to.match(/no more Fernway Deals texts/);
    expect(await endOf(offer)).to.equal('canceled: opted out');
    expect(await endOf(order)).to.equal('planned');

    const late = await offerTo(number, 'deals');
    await postText(gateway, no);
    expect(await endOf(late)).to.equal('canceled: opted out');
  });

  it('has nothing planned for a topic that NO to its prompt turned off, and keeps the rest', async () => {
    const number = newPerson();
    for (const word of ['JOIN', 'YES', '2']) await gateway.text(number, word);
    const index = open.context.indexOf(number);
    const contact = await gateway.store.contacts.findOne({ index });
    const asked = contact?.prompts[0];
    if (contact === null || asked === undefined) throw new Error('nothing was asked');
    // The prompt stays open when it was answered with YES from another number of ours.
    const disclosure = { touchpoint: 'sms-topic-prompt.news.en', version: 1 };
    const question = { ...asked, id: 'of-news', topics: ['news'], disclosure, state: 'open' as const };
    await gateway.store.contacts.updateOne({ index }, { $push: { prompts: question } });
    const offer = await offerTo(number, 'deals');
    const news = await plant(open, number, 'news', {
      ...{ state: 'planned', epoch: 0, rev: 1, program: 'deals', topic: 'news' },
    });

    const { replies } = await gateway.text(number, 'NO');
    expect(replies.join()).to.match(/no more Store news texts. You still get Fernway Deals/);
    expect(await endOf(news)).to.equal('canceled: opted out');
    expect(await endOf(offer)).to.equal('planned');
  });

  it('is ended by a NO that crosses with the prompt of a form, which is refused with it', async () => {
    const number = newPerson();
    await askedAgain(number, ['JOIN', 'YES']);
    // The question of the form has not left when the NO comes.
    await gateway.stopWorker();
    const door = { channel: 'WEB_FORM' as const, language: null, actor: 'key:test' };
    const origin = { page: 'https://fernway.example/orders' };
    const asked = await optIn(open.context, { number, program: 'orders', ...door, origin });
    expect(asked?.kind).to.equal('prompted');
    const offer = await offerTo(number, 'deals');

    const { sid } = await gateway.textWithoutWaiting(number, 'NO');
    expect((await repliesPlanned(gateway, sid)).join()).to.match(/no more Fernway Deals texts/);
    expect(await endOf(offer)).to.equal('canceled: opted out');
    const contact = await gateway.store.contacts.findOne({ index: open.context.indexOf(number) });
    const states = contact?.subscriptions.map(({ program, state }) => `${program} ${state}`);
    expect(states).to.have.members(['deals unsubscribed', 'orders refused']);
  });
});
