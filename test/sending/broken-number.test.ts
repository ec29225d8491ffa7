import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import { createSenderQueue } from '../../src/sending/dispatcher.ts';
import type { OpenContact } from '../../src/store/contacts/open-contact.ts';
import type { Store } from '../../src/store/store.ts';
import { addSubscriber, plannedFor, testPeople } from '../support/people.ts';
import { closeTestStore, emptyTestStore, openTestStore } from '../support/test-store.ts';
import { dispatchDeps } from './dispatch-deps.ts';

const people = testPeople('136');

describe('a person with another number that cannot be read', () => {
  let store: Store;
  let errors: string[] = [];
  before(async () => {
    ({ store } = await openTestStore());
  });
  beforeEach(async () => {
    await emptyTestStore(store);
    errors = [];
  });
  after(() => closeTestStore(store));

  const plan = async (holder: OpenContact): Promise<string> => {
    const row = plannedFor(holder);
    await store.deliveries.insertOne(row);
    return row._id;
  };
  const states = async (ids: string[]): Promise<unknown[]> =>
    Promise.all(ids.map(async (_id) => (await store.deliveries.findOne({ _id }))?.state));

  for (const [what, change] of [
    ['can be read', { $set: { language: 'en' } }],
    ['cannot be read either', { $unset: 'prompts' }],
  ] as const) {
    it(`is postponed and delays nobody else when this number ${what}`, async () => {
      const [first, broken, other] = [
        await addSubscriber(store, people),
        await addSubscriber(store, people),
        await addSubscriber(store, people),
      ];
      const personId = `p_${first.id.slice(2)}`;
      await store.contacts.updateMany({ _id: { $in: [first.id, broken.id] } }, { $set: { personId } });
      await store.contacts.updateOne({ _id: broken.id }, [{ $set: { subscriptions: 'none' } }]);
      await store.contacts.updateOne({ _id: first.id }, [change]);
      const ids = [await plan(first), await plan(other)];
      const deps = dispatchDeps(store, people, { onError: (_error, line) => errors.push(line) });
      const turn = await createSenderQueue(deps, () => ({ ...SENDERS.shop, rate: 1000 })).turn();
      if (turn.kind === 'sending') await turn.done;
      expect(await states(ids)).to.deep.equal(['planned', 'accepted']);
      expect(errors).to.deep.equal([
        'a contact or a message cannot be read, and missing keys are not the reason',
        'this process cannot decrypt some deliveries; they are tried again within an hour',
      ]);
    });
  }
});
