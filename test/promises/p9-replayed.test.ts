import { expect } from 'chai';
import { receive } from '../../src/consent/inbound/receive.ts';
import { lookUpUnknowns } from '../../src/receipts/look-up-unknowns.ts';
import { deskOf, newSid, plant } from '../receipts/rows.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { EMPTY, indexOf, newPerson, postText, saidIn, textFields, withdrawals } from './inbound-posts.ts';

describe('P9: a signed request that comes again', () => {
  let gateway: Gateway;
  let ahead = 0;
  before(async () => {
    gateway = await startGateway({ worker: false, now: () => new Date(Date.now() + ahead) });
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
    it(`gets the first answer within a minute, silence after it, and has no second effect: ${words}`, async () => {
      const person = newPerson();
      const fields = textFields(person, body);
      const first = saidIn(await postText(gateway, fields));
      expect(first).to.have.lengthOf(1);
      const before = await facts(person);
      ahead = 59_000;
      expect(saidIn(await postText(gateway, fields))).to.deep.equal(first);
      ahead = 61_000;
      expect((await postText(gateway, fields)).body).to.equal(EMPTY);
      ahead = 86_400_000;
      expect((await postText(gateway, fields)).body).to.equal(EMPTY);
      expect(await facts(person)).to.deep.equal(before);
    });
  }

  it('cannot undo what came since: an old YES after STOP, an old STOP after joining again', async () => {
    const person = newPerson();
    const [yes, stop] = [textFields(person, 'YES'), textFields(person, 'STOP')];
    await postText(gateway, textFields(person, 'JOIN'));
    for (const fields of [yes, stop]) await postText(gateway, fields);
    const stopped = await facts(person);
    expect((await postText(gateway, yes)).body, 'a welcome to someone who left').to.equal(EMPTY);
    expect(await facts(person)).to.deep.equal(stopped);
    const welcome = await gateway.store.deliveries.findOne({
      index: indexOf(gateway, person),
      template: 'welcome',
    });
    expect([welcome?.state, welcome?.open], 'what was said stays said').to.deep.equal([
      'accepted',
      undefined,
    ]);
    for (const body of ['JOIN', 'YES']) await postText(gateway, textFields(person, body));
    const joined = await facts(person);
    await postText(gateway, stop);
    expect(await facts(person)).to.deep.equal(joined);
    expect(await withdrawals(gateway, person)).to.equal(1);
  });

  it('ends nothing that was planned since, only what is older than itself: an old STOP posted again, or out of a spool', async () => {
    const person = newPerson();
    const stop = textFields(person, 'STOP');
    for (const fields of [textFields(person, 'JOIN'), textFields(person, 'YES'), stop]) {
      await postText(gateway, fields);
    }
    for (const body of ['JOIN', 'YES']) await postText(gateway, textFields(person, body));
    const open = await deskOf(gateway);
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
    const spooled = { post: 'another', door: 'spool' as const, ...odd };
    const sid = String(stop[0]?.[1]);
    const receivedAt = new Date();
    await receive(open.desk, { ...spooled, sid, from: person, to: '28555', body: 'STOP', receivedAt });
    expect(await rowOf(offer._id)).to.deep.equal(planned);
    await open.close();
  });

  it('changed by one field is another request, and without a new signature none', async () => {
    const person = newPerson();
    const fields = textFields(person, 'JOIN');
    await postText(gateway, fields);
    const before = await facts(person);
    const again = fields.map(([name, value]) =>
      name === 'Body' ? ([name, 'YES'] as const) : ([name, value] as const),
    );
    await postText(gateway, again);
    expect(await facts(person), 'a known MessageSid has been heard').to.deep.equal(before);
  });

  it('leaves an answer of a dead process that may not be given again to the look-up, which finds it or not', async () => {
    const person = newPerson();
    const join = textFields(person, 'JOIN');
    const [said = ''] = saidIn(await postText(gateway, join));
    const asked = await gateway.store.deliveries.findOne({ index: indexOf(gateway, person) });
    const { _id = '', sender = '' } = asked ?? {};
    await until('it is settled', async () => (await rowOf(_id)).state === 'accepted');
    const leaseUntil = new Date(Date.now() - 5000);
    await gateway.store.deliveries.updateOne(
      { _id },
      { $set: { state: 'sending', open: true, leaseUntil }, $unset: { acceptedAt: '' } },
    );
    await postText(gateway, textFields(person, 'STOP'));
    expect((await postText(gateway, join)).body).to.equal(EMPTY);
    const row = await rowOf(_id);
    expect(row).to.include({ state: 'unknown', error: 'its process ended, and it might not be given again' });
    expect(row.lookUpAt).to.be.instanceOf(Date);
    const sid = newSid();
    const listed = {
      sid,
      from: sender,
      to: person,
      body: said.replaceAll('&amp;', '&'),
      errorCode: null,
      createdAt: leaseUntil,
      updatedAt: leaseUntil,
    };
    const open = await deskOf(gateway, () => new Date());
    const look = await lookUpUnknowns(open.desk, async () => [{ ...listed, status: 'delivered' }], {});
    await open.close();
    expect(look.found).to.equal(1);
    expect(await rowOf(_id)).to.include({ state: 'delivered', carrierSid: sid });
  });

  it('many times at once is taken once, and every answer is the same or empty', async () => {
    const person = newPerson();
    const fields = textFields(person, 'STOP');
    const answers = await Promise.all(Array.from({ length: 6 }, () => postText(gateway, fields)));
    const said = new Set(answers.flatMap(saidIn));
    expect(said.size).to.equal(1);
    expect(answers.map(({ status }) => status)).to.deep.equal(Array(6).fill(200));
    expect(await withdrawals(gateway, person)).to.equal(1);
    const row = () => gateway.store.deliveries.findOne({ index: indexOf(gateway, person) });
    await until('a settled answer', async () => (await row())?.state === 'accepted');
  });
});
