import { expect } from 'chai';
import { MongoNetworkError } from 'mongodb';
import { endDueHolds, expireDuePrompts } from '../../src/consent/maintenance/expirations.ts';
import { optIn, optOut } from '../../src/consent/opt-in-and-out.ts';
import { type OpenedContext, openContext } from '../../src/open-context.ts';
import { createLog } from '../../src/running/log.ts';
import { chainOf } from '../../src/store/consent/consent-events.ts';
import { optOutOf } from '../promises/inbound-posts.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';

const HOUR = 3_600_000;

describe('doors other than the handset', () => {
  let gateway: Gateway;
  let opened: OpenedContext;
  let late: OpenedContext;
  let muchLater: OpenedContext;
  before(async () => {
    gateway = await startGateway();
    const config = { ...gateway.config, database: gateway.store.db.databaseName };
    const log = createLog('silent', 'test');
    opened = await openContext(config, log);
    late = await openContext(config, log, () => new Date(Date.now() + 73 * HOUR));
    muchLater = await openContext(config, log, () => new Date(Date.now() + 8 * 24 * HOUR));
  });
  after(async () => {
    await opened.close();
    await late.close();
    await muchLater.close();
    await gateway.stop();
  });

  const form = (number: string) => ({
    number,
    program: 'deals',
    channel: 'WEB_FORM' as const,
    language: null,
    origin: { page: 'https://fernway.example/join' },
    actor: 'key:test',
  });
  const kinds = async (number: string): Promise<string[]> => {
    const contact = await gateway.store.contacts.findOne({ index: opened.context.indexOf(number) });
    return (await chainOf(gateway.store, contact?._id ?? '')).map((event) => event.kind);
  };

  it('a form prompts, the worker sends the prompt, and only the holder of the number answers it', async () => {
    const person = '+15551260001';
    const asked = await optIn(opened.context, form(person));
    expect(asked?.kind).to.equal('prompted');
    await until('the prompt is on the handset', async () => (await gateway.received(person)).length === 1);
    await until('the hand-over of the prompt is recorded', async () => {
      const contact = await gateway.store.contacts.findOne({ index: opened.context.indexOf(person) });
      return contact?.prompts[0]?.handedOverAt !== null;
    });
    const { replies } = await gateway.text(person, 'YES');
    expect(replies.at(-1)).to.contain('joined Fernway Deals');
    expect(await kinds(person)).to.deep.equal(['requested', 'prompted', 'confirmed']);
  });

  it('a second form within a day prompts nobody again', async () => {
    const person = '+15551260002';
    await optIn(opened.context, form(person));
    const again = await optIn(opened.context, form(person));
    expect(again).to.include({ kind: 'refused', why: 'one prompt per program in 24 hours' });
  });

  it('a prompt that ended without leaving counts toward the limits', async () => {
    const { store } = gateway;
    const person = '+15551260011';
    await optIn(opened.context, form(person));
    const index = opened.context.indexOf(person);
    await until(
      'the delivery report of the prompt is recorded',
      async () => (await store.deliveries.findOne({ index }))?.state === 'delivered',
    );
    await until('the hand-over of the prompt is recorded', async () => {
      const contact = await store.contacts.findOne({ index, 'prompts.handedOverAt': { $ne: null } });
      return contact !== null;
    });
    // Quiet hours longer than the prompt's window leave a prompt like this.
    const ended = { $set: { state: 'expired' as const }, $unset: { acceptedAt: 1, carrierSid: 1 } };
    await store.deliveries.updateMany({ index }, ended as object);
    const unsent = { 'prompts.0.handedOverAt': null, 'prompts.0.expiresAt': new Date() };
    await store.contacts.updateOne({ index }, { $set: { ...unsent, promptExpiresAt: new Date() } });
    await expireDuePrompts(opened.context);
    const again = await optIn(opened.context, form(person));
    expect(again).to.include({ kind: 'refused', why: 'one prompt per program in 24 hours' });
  });

  it('a form cannot prompt a person who opted out', async () => {
    const person = '+15551260003';
    await gateway.text(person, 'STOP');
    const asked = await optIn(opened.context, form(person));
    expect(asked?.kind).to.equal('refused');
    expect(asked?.kind === 'refused' ? asked.why : '').to.contain('only their own text');
  });

  it('a form for a person who has confirmed changes nothing', async () => {
    const person = '+15551260004';
    await gateway.text(person, 'JOIN');
    await gateway.text(person, 'YES');
    expect(await optIn(opened.context, form(person))).to.include({
      kind: 'refused',
      why: 'subscribed already',
    });
    const contact = await gateway.store.contacts.findOne({ index: opened.context.indexOf(person) });
    expect(contact?.subscriptions[0]).to.include({ state: 'subscribed' });
  });

  it('an opt-out by another door cancels a prompt that has not left, and no text confirms it', async () => {
    const person = '+15551260005';
    const origin = { page: 'preferences' };
    await optIn(opened.context, form(person));
    await optOut(opened.context, {
      number: person,
      programs: [],
      topics: [],
      channel: 'WEB_FORM',
      origin,
      actor: 'key:test',
    });
    const heard = await gateway.received(person);
    expect(heard.length, 'the question at most, where it had left before').to.be.at.most(1);
    const { replies } = await gateway.text(person, 'YES');
    expect(replies.filter((reply) => /joined/.test(reply))).to.deep.equal([]);
    const open = { index: opened.context.indexOf(person), open: true as const };
    await until(
      'no delivery is open',
      async () => (await gateway.store.deliveries.countDocuments(open)) === 0,
    );
  });

  it('an opt-out whose wait has no known end is in force', async () => {
    const { store } = opened.context;
    const find = (): never => {
      throw new MongoNetworkError('the connection broke');
    };
    const deliveries = Object.assign(Object.create(store.deliveries), { find });
    const number = '+15551260013';
    const of = {
      number,
      programs: [],
      topics: [],
      channel: 'WEB_FORM' as const,
      origin: {},
      actor: 'key:test',
    };
    const failed = await optOut({ ...opened.context, store: { ...store, deliveries } }, of).catch(String);
    expect(failed).to.contain('the connection broke');
    expect(await optOutOf(gateway, number)).not.to.equal(null);
  });

  it('a hold that nobody decides ends in opt-out, once, and never in release', async () => {
    const person = '+15551260007';
    await gateway.text(person, 'JOIN');
    await gateway.text(person, 'YES');
    await gateway.text(person, 'I get too many texts');
    expect(await kinds(person)).to.include('held');
    expect(await endDueHolds(opened.context), 'not before its time').to.equal(0);
    expect(await endDueHolds(muchLater.context)).to.equal(1);
    expect(await endDueHolds(muchLater.context)).to.equal(0);
    const contact = await gateway.store.contacts.findOne({ index: opened.context.indexOf(person) });
    expect(contact?.subscriptions[0]?.state).to.equal('unsubscribed');
    const rows = await gateway.store.suppressions.find({ index: opened.context.indexOf(person) }).toArray();
    expect(rows.map((row) => [row.kind, row.generation, row.until])).to.have.deep.members([
      ['hold', 1, null],
      ['opt-out', 1, null],
    ]);
  });

  it('a contact that cannot be opened keeps no other hold or prompt from ending', async () => {
    const { store } = gateway;
    const [broken, held, asked] = ['+15551260008', '+15551260009', '+15551260010'] as const;
    for (const person of [broken, held]) {
      await gateway.text(person, 'JOIN');
      await gateway.text(person, 'I get too many texts');
    }
    await gateway.text(asked, 'JOIN');
    const index = opened.context.indexOf(broken);
    await store.contacts.updateOne({ index }, { $set: { sealed: Buffer.from('not what was sealed') } });
    expect(await endDueHolds(muchLater.context)).to.equal(1);
    expect(await expireDuePrompts(muchLater.context)).to.be.at.least(1);
    expect(await kinds(held)).to.include('withdrawn');
    expect(await kinds(asked)).to.include('expired');
    const hold = await store.suppressions.findOne({ index, kind: 'hold' });
    expect(hold?.until, 'it stands on').to.be.an.instanceOf(Date);
  });

  it('a prompt that nobody answers expires once, and a YES after that is too late', async () => {
    const person = '+15551260006';
    await gateway.text(person, 'JOIN');
    expect(await expireDuePrompts(late.context)).to.be.greaterThan(0);
    expect(await expireDuePrompts(late.context)).to.equal(0);
    expect(await kinds(person)).to.deep.equal(['requested', 'prompted', 'expired']);
    const contact = await gateway.store.contacts.findOne({ index: opened.context.indexOf(person) });
    expect(contact?.subscriptions[0]?.state).to.equal('expired');
    expect(contact?.promptExpiresAt).to.equal(undefined);
    // The clock of the timer ran ahead of the carrier's: by that the YES would be in time.
    await gateway.store.contacts.updateOne(
      { _id: contact?._id ?? '' },
      { $set: { 'prompts.0.expiresAt': new Date() } },
    );
    const { replies } = await gateway.text(person, 'YES');
    expect(replies.at(-1)).to.contain('too late');
  });
});
