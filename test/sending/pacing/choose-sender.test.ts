import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../../scripts/seed/programs.ts';
import {
  raiseSuppression,
  type Suppression,
  type SuppressionKind,
} from '../../../src/domain/consent/suppression.ts';
import type { Program, ProgramBook, Sender } from '../../../src/domain/program.ts';
import { chooseSender } from '../../../src/sending/sender-selection.ts';
import type { OpenContact } from '../../../src/store/contacts/open-contact.ts';
import { stopSender } from '../../../src/store/senders/sender-state.ts';
import type { Store } from '../../../src/store/store.ts';
import { addSubscriber, plannedFor, testPeople } from '../../support/people.ts';
import { closeTestStore, emptyTestStore, openTestStore } from '../../support/test-store.ts';

const people = testPeople('132');

describe('the sender that a program texts from', () => {
  const pool: Sender[] = ['28555', '28556', '28557'].map((number) => ({ ...SENDERS.shop, number, rate: 10 }));
  const deals = PROGRAMS.find(({ id }) => id === 'deals') as Program;
  const program = { ...deals, numbers: pool.map(({ number }) => number) };
  const book: ProgramBook = { programs: [program], senders: pool };
  let store: Store;
  let person: OpenContact;
  before(async () => {
    ({ store } = await openTestStore());
  });
  beforeEach(async () => {
    await emptyTestStore(store);
    person = await addSubscriber(store, people);
  });
  after(() => closeTestStore(store));
  const chosen = async (
    of: Program = program,
    suppressions: readonly Suppression[] = [],
  ): Promise<string | undefined> =>
    (await chooseSender(store, book, of, { id: person.id, number: person.number, suppressions }))?.number;

  it('is its only one, stopped or not: then the message waits', async () => {
    await stopSender(store, '28556', { code: '20003', why: 'test' }, new Date());
    expect(await chosen({ ...program, numbers: ['28556'] })).to.equal('28556');
  });

  it('is one of the stopped ones when all are stopped: then the message waits', async () => {
    for (const { number } of pool)
      await stopSender(store, number, { code: '20003', why: 'test' }, new Date());
    await store.deliveries.insertOne(plannedFor(person, { sender: '28555' }));
    expect(await chosen()).to.equal('28556');
    const known = { sender: '28557', state: 'delivered' as const, acceptedAt: new Date() };
    await store.deliveries.insertOne(plannedFor(person, known));
    expect(await chosen()).to.equal('28557');
  });

  it('is the one whose queue is over soonest, at the carrier and here', async () => {
    await store.deliveries.insertMany([
      plannedFor(person, { sender: '28555', parts: 3 }),
      plannedFor(person, { sender: '28556', state: 'accepted', acceptedAt: new Date(), parts: 2 }),
      plannedFor(person, { sender: '28557', parts: 1 }),
    ]);
    const [other] = [await addSubscriber(store, people)];
    person = other;
    expect(await chosen()).to.equal('28557');
  });

  it('stays the one that the person knows, however long its queue, and not one that was never accepted', async () => {
    const known = {
      sender: '28556',
      state: 'delivered' as const,
      acceptedAt: new Date(),
      createdAt: new Date(1),
    };
    await store.deliveries.insertMany([
      plannedFor(person, known),
      plannedFor(person, { sender: '28557', state: 'skipped', createdAt: new Date(2) }),
      ...Array.from({ length: 20 }, () => plannedFor(person, { sender: '28556', createdAt: new Date(3) })),
    ]);
    expect(await chosen()).to.equal('28556');
    await stopSender(store, '28556', { code: '20003', why: 'test' }, new Date());
    expect(await chosen()).to.equal('28555');
  });

  it('is the one that the person knows without a look at any queue', async () => {
    const known = { sender: '28556', state: 'delivered' as const, acceptedAt: new Date() };
    await store.deliveries.insertOne(plannedFor(person, known));
    await store.db.command({ profile: 2 });
    expect(await chosen()).to.equal('28556');
    await store.db.command({ profile: 0 });
    const counts = store.db.collection('system.profile');
    expect(await counts.countDocuments({ 'command.aggregate': 'deliveries' })).to.equal(0);
  });

  it('is not one that the carrier blocks for the person while there is another, though they know it', async () => {
    const known = { sender: '28556', state: 'delivered' as const, acceptedAt: new Date() };
    await store.deliveries.insertOne(plannedFor(person, known));
    const row = (kind: SuppressionKind, number: string): Suppression[] =>
      raiseSuppression([], { scope: `sender:${number}`, kind, at: new Date(), source: 'test' });
    expect(await chosen(program, row('carrier', '28556'))).to.equal('28555');
    expect(await chosen(program, row('hygiene', '28556'))).to.equal('28555');
    expect(await chosen(program, row('opt-out', '28556'))).to.equal('28556');
    const all = pool.flatMap(({ number }) => row('carrier', number));
    expect(await chosen(program, all)).to.equal('28556');
  });

  it("is missing when none in the person's country may send", async () => {
    const canadian = { id: person.id, number: '+14165550123', suppressions: [] };
    expect(await chooseSender(store, book, program, canadian)).to.equal(null);
  });
});
