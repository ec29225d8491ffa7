import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import { openHolder } from '../../src/store/contacts/open-contact.ts';
import { openContent } from '../../src/store/deliveries/new-delivery.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import type { Field } from '../support/signed-post.ts';
import {
  EMPTY,
  indexOf,
  newPerson,
  newSid,
  optOutOf,
  postAndWait,
  postText,
  textFields,
  withdrawals,
} from './inbound-posts.ts';

const HOUR_MS = 3_600_000;

describe('P4: STOP counts in whatever form the carrier posts it', () => {
  let gateway: Gateway;
  /** How far the gateway's clock is ahead of the machine's clock, in ms. It begins in the middle of an hour. */
  let ahead = HOUR_MS / 2 - (Date.now() % HOUR_MS);
  before(async () => {
    gateway = await startGateway({ worker: 'replies', now: () => new Date(Date.now() + ahead) });
  });
  after(() => gateway.stop());

  const honoured = async (person: string, fields: readonly Field[]): Promise<void> => {
    const answer = await postText(gateway, fields);
    expect(answer.status).to.equal(200);
    expect(await optOutOf(gateway, person), 'a suppression stands').not.to.equal(null);
    expect(await withdrawals(gateway, person), 'the ledger says so').to.equal(1);
  };
  const without = (fields: Field[], name: string): Field[] => fields.filter(([key]) => key !== name);
  const unnamed = (fields: Field[]): Field[] => fields.filter(([key]) => !/^(Sms)*(Message)*Sid$/.test(key));

  it('counts with a picture', async () => {
    const person = newPerson();
    const media = {
      NumMedia: '1',
      MediaUrl0: 'https://media.example/1.jpg',
      MediaContentType0: 'image/jpeg',
    };
    await honoured(person, textFields(person, 'stop', media));
  });

  const confirmations = async (person: string): Promise<number> =>
    gateway.store.deliveries.countDocuments({
      ...{ index: indexOf(gateway, person), class: 'opt-out-confirmation' },
    });

  it('counts each time when its form has no MessageSid, and is confirmed once the carrier lists it', async () => {
    const person = newPerson();
    const fields = unnamed(textFields(person, 'STOP'));
    await honoured(person, fields);
    await postText(gateway, fields);
    expect([await withdrawals(gateway, person), await confirmations(person)]).to.deep.equal([2, 0]);
  });

  it('counts when a form without a MessageSid comes again within the hour, after the person has joined again', async () => {
    const person = newPerson();
    const stop = unnamed(textFields(person, 'STOP'));
    await honoured(person, stop);
    for (const body of ['JOIN', 'YES']) await postAndWait(gateway, textFields(person, body));
    await postText(gateway, stop);
    const contact = await gateway.store.contacts.findOne({ index: indexOf(gateway, person) });
    expect(contact?.subscriptions.map(({ state }) => state)).to.deep.equal(['unsubscribed']);
    expect(await confirmations(person)).to.equal(0);
  });

  it('counts anew in a form without a MessageSid an hour later, after the person joined or asked to join', async () => {
    const person = newPerson();
    const stop = unnamed(textFields(person, 'STOP'));
    const say = async (...bodies: string[]): Promise<void> => {
      for (const body of bodies) await postAndWait(gateway, textFields(person, body));
    };
    await honoured(person, stop);
    await say('JOIN', 'YES');
    ahead += HOUR_MS;
    await postText(gateway, stop);
    expect([await withdrawals(gateway, person), await confirmations(person)]).to.deep.equal([2, 0]);
    await say('JOIN');
    ahead += HOUR_MS;
    await postText(gateway, stop);
    await say('YES');
    expect(await withdrawals(gateway, person)).to.equal(3);
    const contact = await gateway.store.contacts.findOne({ index: indexOf(gateway, person) });
    expect(contact?.subscriptions.map(({ state }) => state)).to.deep.equal(['unsubscribed']);
  });

  it('counts anew in a form without a MessageSid an hour later, when a new holder asks to join', async () => {
    const person = newPerson();
    const stop = unnamed(textFields(person, 'STOP'));
    await honoured(person, stop);
    for (const body of ['wrong number', 'JOIN']) await postAndWait(gateway, textFields(person, body));
    const index = indexOf(gateway, person);
    const holder = await gateway.store.contacts.findOne({ index, current: true });
    expect(holder?.prompts, 'a new holder was asked').to.have.lengthOf(1);
    ahead += HOUR_MS;
    await postText(gateway, stop);
    await postAndWait(gateway, textFields(person, 'YES'));
    const after = await gateway.store.contacts.findOne({ index, current: true });
    expect(after?._id).to.equal(holder?._id);
    expect(after?.subscriptions.map(({ state }) => state)).to.deep.equal(['unsubscribed']);
    const ledger = await gateway.store.consentEvents.find({ contact: holder?._id ?? '' }).toArray();
    expect(ledger.filter(({ kind, scope }) => kind === 'withdrawn' && scope === 'all')).to.have.lengthOf(1);
  });

  it('counts with a MessageSid of an unknown shape, and two that begin alike are two texts', async () => {
    const [first, second] = [newPerson(), newPerson()];
    const odd = `SM one-${'1'.repeat(120)}`;
    for (const person of [first, second]) {
      await honoured(person, textFields(person, 'STOP', { MessageSid: odd }));
      const { _id: contact = '' } =
        (await gateway.store.contacts.findOne({ index: indexOf(gateway, person) })) ?? {};
      const row = await gateway.store.inbound.findOne({ contact });
      expect(row?._id).to.match(/^unnamed\.[0-9a-f]{64}$/);
    }
  });

  it('counts with OptOutType STOP, whatever the body says', async () => {
    for (const body of ['', 'ok', '🛑', 'JOIN', 'please']) {
      const person = newPerson();
      await honoured(person, textFields(person, body, { OptOutType: 'STOP' }));
    }
    const lower = newPerson();
    await honoured(lower, without(textFields(lower, '', { OptOutType: 'stop' }), 'Body'));
  });

  it('counts with OptOutType HELP or START when the words ask to end', async () => {
    for (const OptOutType of ['HELP', 'START']) {
      const person = newPerson();
      await honoured(person, textFields(person, 'please stop texting me', { OptOutType }));
    }
  });

  it('counts in either Body when Body comes twice', async () => {
    for (const bodies of [
      ['STOP', 'hello there'],
      ['hello there, how are you today', 'STOP'],
      ['I have a question about my order', 'unsubscribe'],
      ['JOIN', 'STOP'],
      ['', 'stop'],
    ]) {
      const person = newPerson();
      const fields = without(textFields(person, ''), 'Body');
      await honoured(person, [...fields, ...bodies.map((body) => ['Body', body] as const)]);
    }
  });

  it('counts when From or OptOutType comes twice', async () => {
    const person = newPerson();
    await honoured(person, [...textFields(person, 'STOP'), ['From', '+15559990000'], ['To', '+15550100199']]);
    const typed = newPerson();
    await honoured(typed, [...textFields(typed, 'x'), ['OptOutType', 'HELP'], ['OptOutType', 'STOP']]);
  });

  it('counts by another channel of the carrier from the same number', async () => {
    for (const channel of ['rcs', 'whatsapp']) {
      const person = newPerson();
      const fields = without(without(textFields(person, 'STOP'), 'From'), 'To');
      await honoured(person, [
        ...fields,
        ['From', `${channel}:${person}`],
        ['To', `${channel}:fernway_agent`],
      ]);
    }
  });

  it('counts by another channel, and texts by that channel are answered there', async () => {
    const person = newPerson();
    const ours = SENDERS.stylist.number;
    await postText(gateway, textFields(`rcs:${person}`, 'STYLE', { To: `rcs:${ours}` }));
    const index = indexOf(gateway, person);
    const [row] = await gateway.store.deliveries.find({ index }).toArray();
    const contact = await gateway.store.contacts.findOne({ index });
    if (row === undefined || contact === null) throw new Error('nothing answers it');
    const words = openContent(openHolder(gateway.config.keyRing, contact, []), row);
    expect([words?.to, words?.from]).to.deep.equal([`rcs:${person}`, `rcs:${ours}`]);
    expect(row.sender, 'its queue is that of the number').to.equal(ours);
  });

  it('counts in bytes that are no UTF-8, signed over those bytes', async () => {
    const bare = newPerson();
    await honoured(bare, [
      ...without(textFields(bare, ''), 'Body'),
      ['Body', Buffer.from([0xff, 0x53, 0x54, 0x4f, 0x50, 0xfe])],
    ]);
    const latin = newPerson();
    await honoured(latin, [
      ...without(textFields(latin, ''), 'Body'),
      ['Body', Buffer.from('Arrêt', 'latin1')],
    ]);
    const beside = newPerson();
    await honoured(beside, [...textFields(beside, 'STOP'), ['FromCity', Buffer.from('Montréal', 'latin1')]]);
  });

  it('counts beside undocumented fields, such as names of built-in properties and operators', async () => {
    const person = newPerson();
    const odd = [
      '__proto__',
      'constructor',
      'hasOwnProperty',
      '$where',
      'a.b',
      '',
      'Body[$ne]',
      'toString',
      '\u0000',
    ];
    await honoured(person, [
      ...textFields(person, 'STOP'),
      ...odd.map((name) => [name, '{"$ne": 1}'] as const),
    ]);
  });

  it('counts in a form of 64 KB', async () => {
    for (const body of [
      `STOP${' '.repeat(65_000)}`,
      `${'\u200b'.repeat(20_000)}STOP`,
      `STOP ${'!'.repeat(65_000)}`,
      `please stop texting me. ${'na '.repeat(20_000)}`,
    ]) {
      const person = newPerson();
      await honoured(person, textFields(person, body));
    }
  });

  it('counts with control characters in it', async () => {
    for (const body of ['STOP\u0000', '\u0007STOP', 'ST\u0000OP', 'STOP\u001b[0m']) {
      const person = newPerson();
      await honoured(person, textFields(person, body));
    }
  });

  it('is never read from a picture without words or from an empty text', async () => {
    for (const more of [{}, { NumMedia: '1', MediaUrl0: 'https://media.example/2.jpg' }]) {
      const person = newPerson();
      const answer = await postText(gateway, textFields(person, '', more));
      expect(answer.status).to.equal(200);
      expect(await optOutOf(gateway, person)).to.equal(null);
      const row = await gateway.store.inbound.findOne({}, { sort: { recordedAt: -1 } });
      expect(row?.reading.kind).to.equal('empty');
    }
  });

  it('is kept sealed and raises an alarm when the form names no sender, until the carrier names them', async () => {
    const sid = newSid();
    const answer = await postText(gateway, [
      ['MessageSid', sid],
      ['Body', 'STOP'],
    ]);
    expect([answer.status, answer.body]).to.deep.equal([200, EMPTY]);
    const kept = await gateway.store.uncertainTexts.findOne({ claimed: sid });
    expect([kept?.open, kept?.doubt]).to.deep.equal([true, { kind: 'missing', field: 'AccountSid' }]);
    expect(await gateway.store.inbound.findOne({ _id: sid })).to.equal(null);
    expect(gateway.logs.filter((line) => line.includes('names no sender'))).to.have.lengthOf(1);
  });

  it('can be answered with words that a person once typed, with control characters and markup in them', async () => {
    const person = newPerson();
    await postAndWait(gateway, textFields(person, 'JOIN'));
    await postAndWait(gateway, textFields(person, 'Yes\u0001<&>\uFFFE'));
    const { status, body, replies } = await postAndWait(gateway, textFields(person, 'WHY'));
    expect([status, body]).to.deep.equal([200, EMPTY]);
    expect(replies.join('')).to.contain('Yes');
    for (const text of replies) expect(text).not.to.match(/\p{Cc}|\uFFFE/u);
  });
});
