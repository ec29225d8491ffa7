import { expect } from 'chai';
import { cancelAndDrain } from '../../src/sending/cancel-and-drain.ts';
import { CLAIM_LEASE_MS } from '../../src/sending/gate.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import type { Store } from '../../src/store/store.ts';
import { contextOf, plant, rowOf } from '../receipts/rows.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const row = (id: string, fields: Partial<DeliveryDoc>): DeliveryDoc =>
  ({
    _id: id,
    contact: 'c',
    rev: 1,
    open: true,
    state: 'planned',
    epoch: 1,
    class: 'marketing',
    program: 'deals',
    topic: 'deals',
    sender: '28555',
    service: null,
    ...fields,
  }) as DeliveryDoc;

describe('P3 STOP wins: what an opt-out cancels and waits for', () => {
  let store: Store;
  beforeEach(async () => {
    ({ store } = await openTestStore());
  });
  afterEach(async () => {
    await closeTestStore(store);
  });

  const states = async (): Promise<Record<string, string>> =>
    Object.fromEntries(
      (await store.deliveries.find().toArray()).map((delivery) => [delivery._id, delivery.state]),
    );
  const fact = { contact: 'c', rev: 2, personId: undefined, prompts: [] };
  const all = { ...fact, scopes: ['all'] as const };
  /** A clock that moves by `step` whenever it is read. */
  const clock = (step: number) => {
    let at = 0;
    return () => {
      at += step;
      return at;
    };
  };

  it('cancels what is planned for the person, and nothing of anyone else', async () => {
    await store.deliveries.insertMany([
      row('mine', {}),
      row('prompt', { class: 'prompt' }),
      row('other', { contact: 'd' }),
    ]);
    await cancelAndDrain(store, all, clock(1));
    expect(await states()).to.deep.equal({ mine: 'canceled', prompt: 'canceled', other: 'planned' });
  });

  it('leaves its own confirmation, HELP, and messages that were written later', async () => {
    await store.deliveries.insertMany([
      row('confirmation', { class: 'opt-out-confirmation' }),
      row('help', { class: 'help', state: 'sending' }),
      row('later', { rev: 2, state: 'sending' }),
    ]);
    await cancelAndDrain(store, all, clock(1));
    expect(await states()).to.deep.equal({ confirmation: 'planned', help: 'sending', later: 'sending' });
  });

  it('a hold leaves replies to the person, and canceled rows say that it was a hold', async () => {
    const answers = ['reply', 'joining-help', 'hold-notice', 'staff-answer', 'help'] as const;
    await store.deliveries.insertMany([
      ...answers.map((answer) => row(answer, { class: answer })),
      row('own-prompt', { class: 'prompt', own: true }),
      row('prompt', { class: 'prompt', own: false }),
      row('offer', {}),
      row('order', { class: 'transactional' }),
    ]);
    await cancelAndDrain(store, { ...all, hold: true }, clock(1));
    const kept = [...answers, 'own-prompt'].map((id) => [id, 'planned']);
    const ended = ['prompt', 'offer', 'order'].map((id) => [id, 'canceled']);
    expect(await states()).to.deep.equal(Object.fromEntries([...kept, ...ended]));
    expect((await store.deliveries.findOne({ _id: 'offer' }))?.error).to.equal('texts were put on hold');
  });

  it('cancels only one program or topic when the opt-out covers only that', async () => {
    const rows = [
      row('a', {}),
      row('b', { topic: 'news' }),
      row('c', { program: 'orders', topic: 'orders' }),
      row('asks', { class: 'prompt', topic: null, prompt: 'q' }),
      row('asks for news', { class: 'prompt', topic: null, prompt: 'n' }),
    ];
    const question = (id: string, ...topics: string[]) =>
      ({ id, program: 'deals', state: 'superseded', topics }) as const;
    const prompts = [question('q', 'news', 'deals'), question('n', 'news')];
    await store.deliveries.insertMany(rows);
    await cancelAndDrain(store, { ...fact, prompts, scopes: ['topic:deals/deals'] }, clock(1));
    const kept = { b: 'planned', c: 'planned', 'asks for news': 'planned' };
    expect(await states()).to.deep.equal({ a: 'canceled', asks: 'canceled', ...kept });
    await cancelAndDrain(store, { ...fact, prompts, scopes: ['program:deals'] }, clock(1));
    const ended = { a: 'canceled', b: 'canceled', asks: 'canceled', 'asks for news': 'canceled' };
    expect(await states()).to.deep.equal({ ...ended, c: 'planned' });
  });

  it('waits until a claimed row has settled', async () => {
    await store.deliveries.insertOne(row('flying', { state: 'sending' }));
    let answered = false;
    const waiting = cancelAndDrain(store, all, () => 0).then(() => {
      answered = true;
    });
    await until(
      'the database has answered while the opt-out waits',
      async () => (await store.db.command({ serverStatus: 1 })).ok === 1,
    );
    expect(answered).to.equal(false);
    await store.deliveries.updateOne(
      { _id: 'flying' },
      { $set: { state: 'accepted' }, $unset: { open: '' } },
    );
    await waiting;
    expect(answered).to.equal(true);
  });

  it('waits also for messages under way to the former holder of the number, whatever their revision', async () => {
    const former = { contact: 'former', rev: 7 };
    await store.deliveries.insertMany([
      row('flying', { ...former, state: 'sending', class: 'staff-answer' }),
      row('theirs', { ...former, class: 'staff-answer' }),
      row('help', { ...former, class: 'help', state: 'sending' }),
    ]);
    let looks = 0;
    let answered = false;
    const clockStands = (): number => {
      looks += 1;
      return 0;
    };
    const waiting = cancelAndDrain(store, { ...all, follows: 'former' }, clockStands).then(() => {
      answered = true;
    });
    await until('the opt-out has looked four times for the row under way', async () => answered || looks > 4);
    expect(answered).to.equal(false);
    const settled = { $set: { state: 'accepted' as const }, $unset: { open: '' as const } };
    await store.deliveries.updateOne({ _id: 'flying' }, settled);
    await waiting;
    expect(await states()).to.deep.equal({ flying: 'accepted', theirs: 'canceled', help: 'sending' });
    const theirs = await store.deliveries.findOne({ _id: 'theirs' });
    expect(theirs?.error).to.equal('the number has another holder');
  });

  it('answers after the lease has passed on its own clock when the other process never settles', async () => {
    await store.deliveries.insertOne(row('dead', { state: 'sending' }));
    const looks: number[] = [];
    const monotonic = clock(CLAIM_LEASE_MS / 4);
    await cancelAndDrain(store, all, () => {
      looks.push(monotonic());
      return looks.at(-1) ?? 0;
    });
    expect((looks.at(-1) ?? 0) - (looks[0] ?? 0)).to.be.greaterThan(CLAIM_LEASE_MS);
  });
});

describe('P3 STOP wins: YES, codes and STOP of one person at once', () => {
  let gateway: Gateway;
  before(async () => {
    gateway = await startGateway();
  });
  after(() => gateway.stop());

  it('a STOP that was answered leaves nothing sendable, whatever raced it', async () => {
    const people = Array.from({ length: 40 }, (_, at) => `+1555124${String(at).padStart(4, '0')}`);
    await Promise.all(people.map((from) => gateway.text(from, 'JOIN')));
    await Promise.all(
      people.flatMap((from) => [
        gateway.text(from, 'YES'),
        gateway.text(from, 'STOP'),
        gateway.text(from, 'DEALS'),
      ]),
    );
    const contacts = await gateway.store.contacts.find().toArray();
    const rows = await gateway.store.suppressions.find({ kind: 'opt-out', scope: 'all' }).toArray();
    expect(contacts).to.have.length(people.length);
    expect(rows).to.have.length(people.length);
    for (const row of rows) {
      const contact = contacts.find((contact) => contact.index === row.index);
      const lifted = Object.values(row.lifts).some((generation) => generation >= row.generation);
      const subscribed =
        contact?.subscriptions.some((subscription) => subscription.state === 'subscribed') ?? false;
      expect(lifted, 'no confirmation of a question from before the STOP lifts it').to.equal(false);
      expect(subscribed).to.equal(false);
    }
  });

  it('words that may be an opt-out end an offer as held and leave the replies of staff', async () => {
    const person = '+15551250002';
    await gateway.text(person, 'JOIN');
    await gateway.text(person, 'YES');
    const open = await contextOf(gateway);
    const later = {
      state: 'planned' as const,
      owner: null,
      leaseUntil: null,
      dueAt: new Date(Date.now() + 3_600_000),
    };
    const offer = await plant(open, person, 'Deals!', later);
    const answer = await plant(open, person, 'It is in your cart.', { ...later, class: 'staff-answer' });
    await open.close();
    await gateway.text(person, 'off');
    const { state, error } = await rowOf(gateway.store, offer);
    expect({ state, error }).to.deep.equal({ state: 'canceled', error: 'texts were put on hold' });
    expect((await rowOf(gateway.store, answer)).state).to.equal('planned');
  });

  it('PAUSE is answered once an offer under way has left or was put back', async () => {
    const person = '+15551250003';
    await gateway.text(person, 'JOIN');
    await gateway.text(person, 'YES');
    const open = await contextOf(gateway);
    const flagged = {
      state: 'sending' as const,
      owner: 'another',
      leaseUntil: new Date(Date.now() + CLAIM_LEASE_MS),
    };
    const offer = await plant(open, person, 'Deals!', flagged);
    await open.close();
    let answered = false;
    const paused = gateway.text(person, 'PAUSE 30').finally(() => {
      answered = true;
    });
    const { contacts, deliveries } = gateway.store;
    const isPaused = async () => (await contacts.findOne({ _id: offer.contact }))?.pausedUntil != null;
    await until('the pause is recorded', isPaused);
    // The text of another person takes longer than the rest of this one would, so this one must be waiting.
    await gateway.text('+15551250004', 'HELP');
    expect(answered).to.equal(false);
    await deliveries.updateOne({ _id: offer._id }, { $set: { state: 'accepted' }, $unset: { open: '' } });
    expect((await paused).replies.join()).to.contain('no marketing texts until');
  });

  it('a repeated STOP raises the generation again and is not confirmed twice', async () => {
    const person = '+15551250001';
    const first = await gateway.text(person, 'STOP');
    const second = await gateway.text(person, 'STOP');
    expect(first.replies).to.have.length(1);
    expect(second.replies).to.have.length(0);
    const generations = (await gateway.store.suppressions.find({ scope: 'all' }).toArray()).map(
      (suppression) => suppression.generation,
    );
    expect(Math.max(...generations)).to.equal(2);
  });
});
