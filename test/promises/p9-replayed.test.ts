import { expect } from 'chai';
import { recordAndReply } from '../../src/consent/inbound/handle-inbound.ts';
import { addressed } from '../../src/sending/inbound-sms.ts';
import { contextOf, plant } from '../receipts/rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { settledReplies } from '../support/replies.ts';
import type { Field } from '../support/signed-post.ts';
import {
  EMPTY,
  indexOf,
  newPerson,
  postAndWait,
  postText,
  textFields,
  withdrawals,
} from './inbound-posts.ts';

describe('P9: a signed request that comes again', () => {
  let gateway: Gateway;
  let ahead = 0;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', now: () => new Date(Date.now() + ahead) });
  });
  beforeEach(() => {
    ahead = 0;
  });
  after(() => gateway.stop());

  const rowOf = async (_id: string) => {
    const row = await gateway.store.deliveries.findOne({ _id });
    if (row === null) throw new Error('there is no such row');
    return row;
  };
  const sidOf = (fields: readonly Field[]): string => String(fields[0]?.[1]);
  const facts = async (person: string) => {
    const contact = await gateway.store.contacts.findOne({ index: indexOf(gateway, person) });
    const of = { contact: contact?._id ?? '' };
    const suppressions = await gateway.store.suppressions.find({ index: indexOf(gateway, person) }).toArray();
    return {
      rev: contact?.rev,
      head: contact?.head,
      subscriptions: contact?.subscriptions,
      prompts: contact?.prompts.map(({ handedOverAt: _, ...prompt }) => prompt),
      suppressions: suppressions.map(({ scope, kind, generation, lifts }) => ({
        scope,
        kind,
        generation,
        lifts,
      })),
      entries: await gateway.store.consentEvents.countDocuments(of),
      deliveries: await gateway.store.deliveries.countDocuments(of),
      inbound: await gateway.store.inbound.countDocuments(of),
    };
  };

  for (const [words, body] of [
    ['a JOIN', 'JOIN'],
    ['an opt-out', 'STOP'],
    ['a HELP', 'HELP'],
  ] as const) {
    it(`is answered once, however late it comes again, and has no second effect: ${words}`, async () => {
      const person = newPerson();
      const fields = textFields(person, body);
      expect((await postAndWait(gateway, fields)).replies).to.have.lengthOf(1);
      const before = await facts(person);
      for (const later of [0, 59_000, 61_000, 86_400_000]) {
        ahead = later;
        expect((await postText(gateway, fields)).body, `${later} ms later`).to.equal(EMPTY);
      }
      expect(await facts(person)).to.deep.equal(before);
      const answered = await settledReplies(gateway.store, sidOf(fields));
      expect(
        answered.map(({ epoch }) => epoch),
        'it was claimed once',
      ).to.deep.equal([1]);
    });
  }

  it('cannot undo what came since: an old YES after STOP, an old STOP after joining again', async () => {
    const person = newPerson();
    const [yes, stop] = [textFields(person, 'YES'), textFields(person, 'STOP')];
    for (const fields of [textFields(person, 'JOIN'), yes, stop]) await postAndWait(gateway, fields);
    const stopped = await facts(person);
    expect((await postText(gateway, yes)).body).to.equal(EMPTY);
    expect(await facts(person), 'no welcome to someone who left').to.deep.equal(stopped);
    const [welcome] = await settledReplies(gateway.store, sidOf(yes));
    expect(welcome?.template).to.equal('welcome');
    expect(welcome?.state, 'what was said stays said').to.be.oneOf(['accepted', 'sent', 'delivered']);
    for (const body of ['JOIN', 'YES']) await postAndWait(gateway, textFields(person, body));
    const joined = await facts(person);
    await postText(gateway, stop);
    expect(await facts(person)).to.deep.equal(joined);
    expect(await withdrawals(gateway, person)).to.equal(1);
  });

  it('ends only what is older than itself: an old STOP posted again, or from a spool', async () => {
    const person = newPerson();
    const stop = textFields(person, 'STOP');
    for (const fields of [textFields(person, 'JOIN'), textFields(person, 'YES'), stop]) {
      await postAndWait(gateway, fields);
    }
    for (const body of ['JOIN', 'YES']) await postAndWait(gateway, textFields(person, body));
    const open = await contextOf(gateway);
    const dueAt = new Date(Date.now() + 3_600_000);
    const later = { state: 'planned' as const, owner: null, leaseUntil: null, dueAt };
    const offer = await plant(open, person, 'Deals!', later);
    const older = await plant(open, person, 'Deals!', { ...later, rev: 1 });
    const planned = await rowOf(offer._id);
    await postText(gateway, textFields(person, 'HELP'));
    await postText(gateway, stop);
    expect(await rowOf(offer._id)).to.deep.equal(planned);
    expect(await rowOf(older._id)).to.include({ state: 'canceled', error: 'opted out' });
    const odd = { otherBodies: [], optOutType: null, form: { Body: 'STOP' } };
    const spooled = { ...addressed(person, '28555'), door: 'spool' as const, ...odd };
    await recordAndReply(open.context, {
      ...spooled,
      sid: sidOf(stop),
      body: 'STOP',
      receivedAt: new Date(),
    });
    expect(await rowOf(offer._id)).to.deep.equal(planned);
    await open.close();
  });

  it('is another request when one field is changed, and then needs a new signature', async () => {
    const person = newPerson();
    const fields = textFields(person, 'JOIN');
    await postAndWait(gateway, fields);
    const before = await facts(person);
    const again = fields.map(([name, value]) =>
      name === 'Body' ? ([name, 'YES'] as const) : ([name, value] as const),
    );
    await postText(gateway, again);
    expect(await facts(person), 'a known MessageSid has been heard').to.deep.equal(before);
  });

  it('is processed and answered once when it comes many times at once', async () => {
    const person = newPerson();
    const fields = textFields(person, 'STOP');
    const answers = await Promise.all(Array.from({ length: 6 }, () => postText(gateway, fields)));
    expect(answers.map(({ status, body }) => [status, body])).to.deep.equal(Array(6).fill([200, EMPTY]));
    expect(await withdrawals(gateway, person)).to.equal(1);
    const replies = await settledReplies(gateway.store, sidOf(fields));
    expect(replies.map(({ template, epoch }) => [template, epoch])).to.deep.equal([['stop-all', 1]]);
    expect(await gateway.store.deliveries.countDocuments({ index: indexOf(gateway, person) })).to.equal(1);
  });
});
