import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../scripts/seed/programs.ts';
import { optOut } from '../../src/consent/opt-in-and-out.ts';
import { wordRulesAt } from '../../src/domain/words/word-rules.ts';
import { contextOf } from '../receipts/rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import {
  indexOf,
  newPerson,
  optOutOf,
  postAndWait,
  postText,
  textFields,
  withdrawals,
} from './inbound-posts.ts';

describe('P4: STOP from anyone counts', () => {
  let gateway: Gateway;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
  });
  after(() => gateway.stop());

  const honoured = async (person: string, what: string): Promise<void> => {
    expect(await optOutOf(gateway, person), `${what}: a suppression stands`).not.to.equal(null);
    expect(await withdrawals(gateway, person), `${what}: the ledger says so once`).to.equal(1);
  };
  const text = async (person: string, body: string, more: Record<string, string | null> = {}) =>
    postAndWait(gateway, textFields(person, body, more));

  it('is kept and confirmed for a number never seen before', async () => {
    const person = newPerson();
    expect((await text(person, 'STOP')).replies).to.have.lengthOf(1);
    await honoured(person, 'STOP');
  });

  it('counts in every word of every list', async () => {
    const words = [...wordRulesAt(new Date()).optOut.keys()];
    expect(words.length).to.be.greaterThan(80);
    const counts = async (word: string): Promise<void> => {
      const person = newPerson();
      expect((await text(person, word)).replies, word).to.have.lengthOf(1);
      await honoured(person, word);
    };
    await Promise.all(words.map(counts));
  });

  it('counts in ordinary words', async () => {
    for (const words of [
      'please stop texting me',
      'take me off this list',
      'No more messages!!',
      'ne m’envoyez plus de messages',
      'dejen de mandarme mensajes',
      'wrong number, stop',
    ]) {
      const person = newPerson();
      await text(person, words);
      await honoured(person, words);
    }
  });

  it('ends every program of a person who is in several', async () => {
    const person = newPerson();
    for (const body of ['JOIN', 'YES', 'ORDERS', 'YES']) await text(person, body);
    await text(person, 'STOP');
    await honoured(person, 'STOP');
    const contact = await gateway.store.contacts.findOne({}, { sort: { createdAt: -1 } });
    expect(contact?.subscriptions.map((subscription) => subscription.state)).to.deep.equal([
      'unsubscribed',
      'unsubscribed',
    ]);
  });

  it('counts on any of our numbers, whichever program the person is in', async () => {
    for (const { number } of Object.values(SENDERS)) {
      const person = newPerson();
      for (const body of ['JOIN', 'YES']) await text(person, body);
      await text(person, 'STOP', { To: number });
      await honoured(person, number);
    }
  });

  it('counts on a number of ours that is not configured, where no other word is answered', async () => {
    const stranger = newPerson();
    expect((await text(stranger, 'STOP', { To: '+15550109999' })).replies).to.deep.equal([]);
    await honoured(stranger, 'STOP');
    for (const body of ['HELP', 'JOIN', 'START', 'YES', 'MENU', 'WHY', '1', 'PAUSE', 'hello', '', 'NO']) {
      const answer = await text(newPerson(), body, { To: '+15550109999' });
      expect([answer.status, answer.replies], body).to.deep.equal([200, []]);
    }
    expect(gateway.logs.join('')).not.to.contain('spool');
  });

  it('counts on a number that programs still name and that is no longer configured', async () => {
    const { number } = SENDERS.stylist;
    const sender = await gateway.store.db.collection('senders').findOneAndDelete({ _id: number as never });
    await gateway.web.stop();
    await gateway.web.start();
    const person = newPerson();
    for (const body of ['HELP', 'STYLE', 'STOP']) {
      const answer = await text(person, body, { To: number });
      expect([answer.status, answer.replies], body).to.deep.equal([200, []]);
    }
    await honoured(person, 'STOP');
    expect(gateway.logs.join('')).not.to.contain('spool');
    if (sender !== null) await gateway.store.db.collection('senders').insertOne(sender);
    await gateway.web.stop();
    await gateway.web.start();
  });

  it('counts from an alphanumeric sender, a short code, a number too long and a number of no plan', async () => {
    for (const from of ['FERNBANK', '72345', `+1${'5'.repeat(40)}`, 'whatsapp:fernbank', '0']) {
      // A text from an odd address is fetched from the carrier before anything is answered.
      const answer = await postText(gateway, textFields(from, 'STOP'));
      expect(answer.status, from).to.equal(200);
      await honoured(from, from);
    }
  });

  describe('a STOP from a person whose contact was erased', () => {
    const contactsOf = (person: string) =>
      gateway.store.contacts
        .find({ index: indexOf(gateway, person) })
        .sort({ createdAt: 1 })
        .toArray();
    /** An erased contact: it is found by the index of the number, and nothing of the person can be opened. */
    const erased = async (): Promise<string> => {
      const person = newPerson();
      for (const body of ['JOIN', 'YES']) await text(person, body);
      const $set = { sealed: null, 'keys.profile': null, profileSealed: null };
      await gateway.store.contacts.updateOne({ index: indexOf(gateway, person) }, { $set });
      return person;
    };
    const isOut = async (person: string): Promise<void> => {
      expect(await optOutOf(gateway, person), 'a suppression stands').not.to.equal(null);
      const [former, now] = await contactsOf(person);
      expect([former?.current, now?.current, now?.follows]).to.deep.equal([false, true, former?._id]);
      const of = { contact: now?._id ?? '', kind: 'withdrawn' as const };
      expect(await gateway.store.consentEvents.countDocuments(of), 'the ledger says so').to.equal(1);
    };

    it('is confirmed and belongs to a new contact, and what they join afterwards counts', async () => {
      const person = await erased();
      expect((await text(person, 'STOP')).replies).to.have.lengthOf(1);
      await isOut(person);
      for (const body of ['JOIN', 'YES']) await text(person, body);
      const now = (await contactsOf(person)).find((contact) => contact.current);
      expect(now?.subscriptions.map(({ state }) => state)).to.deep.equal(['subscribed']);
    });

    it('counts by another door too', async () => {
      const person = await erased();
      const { context, close } = await contextOf(gateway);
      const said = { number: person, programs: [], topics: [], origin: {}, actor: 'a test' };
      await optOut(context, { ...said, channel: 'NOT_STATED' });
      await close();
      await isOut(person);
    });
  });

  it('counts and is confirmed again after the person has joined again', async () => {
    const person = newPerson();
    for (const body of ['STOP', 'JOIN', 'YES']) await text(person, body);
    expect((await text(person, 'STOP')).replies).to.have.lengthOf(1);
    expect(await withdrawals(gateway, person)).to.equal(2);
    expect(PROGRAMS.length).to.be.greaterThan(1);
  });
});
