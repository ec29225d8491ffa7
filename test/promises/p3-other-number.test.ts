import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import { cancelAndDrain } from '../../src/sending/cancel-and-drain.ts';
import type { OpenContact } from '../../src/store/contacts/open-contact.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { blindIndex } from '../../src/store/sealing/keys.ts';
import { type Client, newClient } from '../api/client.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { addSubscriber, plannedFor, type TestPeople, testPeople } from '../support/people.ts';

/** The people of the race have two numbers each, and offers go to the second. */
const PEOPLE = 10;
const OFFERS = 12;

/** At this rate some offers have left when STOP comes, and some wait for their slots. */
const RATE = 120;

describe('P3 STOP wins: a STOP from one number of a person, offers to the other', () => {
  let gateway: Gateway;
  let client: Client;
  let people: TestPeople;
  before(async () => {
    gateway = await startGateway({
      senders: [{ ...SENDERS.shop, rate: RATE, receipts: false }, SENDERS.stylist],
    });
    client = await newClient(gateway);
    const { keyRing: ring, blindIndexKeys } = gateway.config;
    people = { ...testPeople('163'), ring, indexOf: (number) => blindIndex(blindIndexKeys, number) };
  });
  after(() => gateway.stop());

  const merged = async (): Promise<[OpenContact, OpenContact]> => {
    const pair: [OpenContact, OpenContact] = [
      await addSubscriber(gateway.store, people),
      await addSubscriber(gateway.store, people),
    ];
    const body = { with: pair[1].id, reason: 'They wrote from both.' };
    const { status } = await client('post', `/contacts/${pair[0].id}/merge`, { body });
    expect(status).to.equal(200);
    return pair;
  };
  const rowsTo = (holder: OpenContact): Promise<DeliveryDoc[]> =>
    gateway.store.deliveries.find({ contact: holder.id, class: 'marketing' }).toArray();

  /** An open prompt about the program as a whole, which the person has got: NO to it ends the program. */
  const askAboutProgram = async ({ id, number }: OpenContact): Promise<void> => {
    // A JOIN asks anew where the topic that it is about is off.
    await gateway.store.contacts.updateOne({ _id: id }, { $set: { 'subscriptions.0.topics': ['news'] } });
    await gateway.text(number, 'JOIN');
    const prompts = (await gateway.store.contacts.findOne({ _id: id }))?.prompts ?? [];
    expect(prompts.map(({ program, state }) => [program, state])).to.deep.equal([['deals', 'open']]);
  };

  /**
   * An entry of the simulator's ledger. Its times are nanoseconds of the machine's monotonic clock, as decimal
   * strings.
   */
  type Entry = {
    kind: string;
    from: string;
    to: string;
    begunAt: string;
    headersAt: string | null;
    answeredAt: string | null;
  };
  const ledger = async (): Promise<Entry[]> => {
    const lines = await (await gateway.sim('GET', '/sim/ledger')).text();
    return lines
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Entry);
  };

  it('no offer begins after the answer, whether it was queued, claimed or ready', async () => {
    const pairs = await Promise.all(Array.from({ length: PEOPLE }, merged));
    const offers = Array.from({ length: OFFERS }, () => pairs.map(([, other]) => plannedFor(other))).flat();
    await gateway.store.deliveries.insertMany(offers);
    const left = async () =>
      gateway.store.deliveries.countDocuments({ carrierSid: { $type: 'string' }, class: 'marketing' });
    await until('some offers have left', async () => (await left()) > PEOPLE);
    await Promise.all(pairs.map(([first]) => gateway.text(first.number, 'STOP')));
    const open = { open: true as const, class: 'marketing' as const };
    await until('no offer is open', async () => (await gateway.store.deliveries.countDocuments(open)) === 0);

    const entries = await ledger();
    let went = 0;
    for (const [first, other] of pairs) {
      const stop = entries.find((entry) => entry.kind === 'inbound' && entry.from === first.number);
      const calls = entries.filter((entry) => entry.kind === 'create' && entry.to === other.number);
      const answered = BigInt(stop?.answeredAt ?? 0);
      expect(calls.filter((call) => BigInt(call.headersAt ?? call.begunAt) > answered)).to.deep.equal([]);
      went += calls.length;
      for (const row of await rowsTo(other)) {
        if (row.state === 'skipped') expect(row.decision?.reasons).to.include('other-number-stopped');
        if (row.state === 'canceled') expect(row.error).to.equal('opted out on another number of theirs');
      }
    }
    expect(went, 'the race was one').to.be.within(PEOPLE, PEOPLE * OFFERS - 1);
    expect(await gateway.store.consentEvents.countDocuments({ contact: pairs[0]?.[1].id ?? '' })).to.equal(0);
  });

  it('a later offer is refused with that reason, and the opt-out stays a fact of its own number', async () => {
    const [first, other] = await merged();
    await gateway.text(first.number, 'STOP');
    const late = plannedFor(other);
    await gateway.store.deliveries.insertOne(late);
    await until('the late offer is decided', async () =>
      (await rowsTo(other)).every((row) => row.open === undefined),
    );
    const [row] = await rowsTo(other);
    expect([row?.state, row?.decision?.reasons]).to.deep.equal(['skipped', ['other-number-stopped']]);
    const { body } = await client('post', '/checks', {
      body: { contact: other.id, program: 'deals', topic: 'deals' },
    });
    expect(body.reasons[0].sentence).to.equal('The person opted out on another of their numbers.');
    expect(await gateway.store.suppressions.countDocuments({ index: other.index })).to.equal(0);
    const status = (await client('get', `/contacts/${other.id}/status`)).body;
    expect(status.sentence).to.match(
      /^Gets no texts now: subscribed to .*; opted out of everything on another number on /,
    );
  });

  it('a person who was merged with nobody costs no extra command', async () => {
    const { store } = gateway;
    /** Counts the commands that read a person's numbers, from the database's profiler. */
    const asked = (): Promise<number> =>
      store.db.collection('system.profile').countDocuments({
        $or: [{ 'command.filter.personId': { $exists: true } }, { 'command.q.personId': { $exists: true } }],
      });
    const offered = async (holder: OpenContact, stops: OpenContact): Promise<void> => {
      await store.deliveries.insertOne(plannedFor(holder));
      await until('the offers to the person have left', async () =>
        (await rowsTo(holder)).every((row) => row.open === undefined),
      );
      await gateway.text(stops.number, 'STOP');
    };
    const alone = await addSubscriber(store, people);
    const [first, other] = await merged();
    await store.db.command({ profile: 2 });
    await offered(alone, alone);
    expect(await asked()).to.equal(0);
    // These are the offer and the confirmation of the opt-out.
    await offered(other, first);
    expect(await asked(), 'once behind the claim of each message, once by the opt-out').to.equal(3);
    await store.db.command({ profile: 0 });
  });

  it('a repeated STOP after a new opt-in cancels nothing that was planned since for the other number', async () => {
    const [first, other] = await merged();
    const { sid } = await gateway.text(first.number, 'STOP');
    for (const body of ['JOIN', 'YES']) await gateway.text(first.number, body);
    const offer = plannedFor(other, { dueAt: new Date(Date.now() + 3_600_000) });
    await gateway.store.deliveries.insertOne(offer);
    await gateway.sim('POST', '/sim/replay', { sid });
    expect((await rowsTo(other)).map((row) => row.state)).to.deep.equal(['planned']);
  });

  it('marketing in the scope of the opt-out is canceled for the other number, and nothing else', async () => {
    const [first, other] = await merged();
    const { personId } = (await gateway.store.contacts.findOne({ _id: first.id })) ?? {};
    const later = { dueAt: new Date(Date.now() + 3_600_000) };
    const rows: Record<string, Partial<DeliveryDoc>> = {
      offer: {},
      news: { topic: 'news' },
      ordered: { class: 'transactional' },
      'seen the opt-out': { rev: 99 },
    };
    const ids = await Promise.all(
      Object.entries(rows).map(async ([name, fields]) => {
        const row = plannedFor(other, { ...later, ...fields });
        await gateway.store.deliveries.insertOne(row);
        return [row._id, name] as const;
      }),
    );
    const states = async () => {
      const found = await gateway.store.deliveries.find({ contact: other.id }).toArray();
      return Object.fromEntries(ids.map(([id, name]) => [name, found.find((row) => row._id === id)?.state]));
    };
    const fact = { contact: first.id, rev: 9, prompts: [], personId };
    await cancelAndDrain(gateway.store, { ...fact, scopes: ['topic:deals/deals'] }, () => 0);
    const kept = { ordered: 'planned', 'seen the opt-out': 'planned' };
    expect(await states()).to.deep.equal({ offer: 'canceled', news: 'planned', ...kept });
    await cancelAndDrain(gateway.store, { ...fact, scopes: ['sender:28555'] }, () => 0);
    expect((await states()).news, 'a block of the carrier is of one number').to.equal('planned');
    await cancelAndDrain(gateway.store, { ...fact, scopes: ['all'] }, () => 0);
    expect(await states()).to.deep.equal({ offer: 'canceled', news: 'canceled', ...kept });
  });

  for (const from of [0, 1] as const) {
    it(`a NO that ends a program on number ${from + 1} ends marketing of it on the other number too`, async () => {
      const pair = await merged();
      const [speaks, other] = from === 0 ? pair : [pair[1], pair[0]];
      await askAboutProgram(speaks);
      const later = { dueAt: new Date(Date.now() + 3_600_000) };
      const [offer, ordered] = [
        plannedFor(other, later),
        plannedFor(other, { ...later, class: 'transactional' }),
      ];
      await gateway.store.deliveries.insertMany([offer, ordered]);
      const { replies } = await gateway.text(speaks.number, 'NO');
      expect(replies.join()).to.match(/no more Fernway Deals texts/);
      const rows = await gateway.store.deliveries.find({ contact: other.id }).toArray();
      const stateOf = ({ _id }: DeliveryDoc) => rows.find((row) => row._id === _id);
      expect(stateOf(offer)).to.include({
        state: 'canceled',
        error: 'opted out on another number of theirs',
      });
      expect(stateOf(ordered)?.state, 'only marketing is bound').to.equal('planned');
      const late = plannedFor(other);
      await gateway.store.deliveries.insertOne(late);
      const lateRow = () => gateway.store.deliveries.findOne({ _id: late._id });
      await until('the late offer is decided', async () => (await lateRow())?.open === undefined);
      expect((await lateRow())?.decision?.reasons).to.deep.equal(['other-number-stopped']);
      expect(await gateway.store.suppressions.countDocuments({ index: other.index })).to.equal(0);
    });
  }

  it('a NO is answered only once the offer that a worker claimed for the other number has settled', async () => {
    const [first, other] = await merged();
    await askAboutProgram(first);
    const offer = plannedFor(other, {
      ...{ state: 'sending', epoch: 1, owner: 'another', leaseUntil: new Date(Date.now() + 3_600_000) },
    });
    await gateway.store.deliveries.insertOne(offer);
    let answered = false;
    const no = gateway.textWithoutWaiting(first.number, 'NO').finally(() => {
      answered = true;
    });
    await until('the NO is on record', async () =>
      Boolean(await gateway.store.suppressions.findOne({ index: first.index, scope: 'program:deals' })),
    );
    expect(answered, 'the claimed offer may still leave').to.equal(false);
    await gateway.store.deliveries.updateOne(
      { _id: offer._id },
      { $set: { state: 'accepted' }, $unset: { open: '' } },
    );
    await no;
  });
});
