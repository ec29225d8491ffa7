import { expect } from 'chai';
import { claimBatch } from '../../src/sending/claim-batch.ts';
import type { ContactDoc } from '../../src/store/contacts/contacts.ts';
import { retireHolder } from '../../src/store/contacts/reassigned-numbers.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import type { Store } from '../../src/store/store.ts';
import { addSubscriber, plannedFor, testPeople } from '../support/people.ts';
import { closeTestStore, emptyTestStore, openTestStore } from '../support/test-store.ts';
import { dispatchDeps } from './dispatch-deps.ts';

const people = testPeople('133');

/** A reply needs no consent, so it would reach whoever has the number now. */
describe('a reply planned for a holder who has left', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
  });
  beforeEach(() => emptyTestStore(store));
  after(() => closeTestStore(store));

  const begin = (row: DeliveryDoc) => claimBatch(dispatchDeps(store, people), [row._id]);
  const planAnswer = async (): Promise<DeliveryDoc> => {
    const holder = await addSubscriber(store, people);
    const answers = { sid: `SM${'0'.repeat(32)}`, receivedAt: new Date(Date.now() - 60_000) };
    const row = plannedFor(holder, { class: 'reply', lane: '0-answers', answers });
    await store.deliveries.insertOne(row);
    return row;
  };
  const leave = async ({ contact }: DeliveryDoc): Promise<void> => {
    const holderCheck: ContactDoc['holderCheck'] = {
      ...{ at: new Date(), source: 'twilio-lookup', since: '2026-01-01', answer: 'yes', untold: null },
    };
    const change = { $set: { holderCheck, 'subscriptions.0.state': 'expired' as const } };
    await store.contacts.updateOne({ _id: contact }, change);
  };
  const ended = async ({ _id }: DeliveryDoc) => {
    const row = await store.deliveries.findOne({ _id });
    return [row?.state, row?.decision?.reasons];
  };

  it('leaves while they have the number', async () => {
    const row = await planAnswer();
    expect((await begin(row)).ready).to.have.length(1);
  });

  it('does not leave once the change is known, so that nothing is under way when the number is free', async () => {
    const row = await planAnswer();
    await leave(row);
    expect((await begin(row)).ready).to.deep.equal([]);
    expect(await ended(row)).to.deep.equal(['skipped', ['number-changed']]);
  });

  it('does not leave after the number was freed', async () => {
    const row = await planAnswer();
    await leave(row);
    expect(await retireHolder(store, row.contact)).to.equal(true);
    expect((await begin(row)).ready).to.deep.equal([]);
    expect(await ended(row)).to.deep.equal(['skipped', ['number-changed']]);
  });
});
