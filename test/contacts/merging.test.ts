import { expect } from 'chai';
import fc from 'fast-check';
import { mergeContacts, splitPerson } from '../../src/contacts/merge.ts';
import { type Link, peopleOf, personIdOf } from '../../src/domain/contacts/person.ts';
import { type CandidateDoc, candidateId, linkOf, mergesOf } from '../../src/store/contacts/duplicates.ts';
import type { Store } from '../../src/store/store.ts';
import { addSubscriber, testPeople } from '../support/people.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const PEOPLE = 6;

describe('merging and splitting people', () => {
  let store: Store;
  let contacts: string[] = [];
  let clock = 0;
  const now = (): Date => {
    clock += 1000;
    return new Date(clock);
  };
  const context = () => ({ store, now, monotonic: () => performance.now() });
  const said = { by: 'key', reason: 'same e-mail' };
  const merge = (pair: Link) => mergeContacts(context(), pair, said);
  const split = (person: string, which: string) =>
    splitPerson(context(), { person, merge: which }, { by: 'key', reason: 'they are two' });

  before(async () => {
    ({ store } = await openTestStore());
    const people = testPeople('162');
    const made = await Promise.all(Array.from({ length: PEOPLE }, () => addSubscriber(store, people)));
    contacts = made.map((openContact) => openContact.id).sort();
  });
  beforeEach(async () => {
    await store.merges.deleteMany({});
    await store.contacts.updateMany({}, { $unset: { personId: '' } });
  });
  after(async () => {
    await closeTestStore(store);
  });

  const at = (place: number): string => contacts[place] ?? '';
  const people = async (): Promise<string[][]> => {
    const rows = await store.contacts.find().sort({ _id: 1 }).toArray();
    const names = [...new Set(rows.map((row) => row.personId ?? row._id))];
    return names.map((name) =>
      rows.filter((row) => (row.personId ?? row._id) === name).map((row) => row._id),
    );
  };
  /**
   * Everything stored except the merges. `rev` only rises: a consent change under way must see that the contact
   * changed.
   */
  const stored = async (): Promise<string> => {
    const names = (await store.db.listCollections({}, { nameOnly: true }).toArray())
      .map((collection) => collection.name)
      .sort();
    const rows = names
      .filter((name) => name !== 'merges')
      .map((name) =>
        store.db
          .collection(name)
          .find({}, { projection: { rev: 0 } })
          .sort({ _id: 1 })
          .toArray(),
      );
    return JSON.stringify(await Promise.all(rows));
  };
  /** Every two of them, as a scan may have found them. */
  const pairs = (): CandidateDoc[] => {
    const links = contacts.flatMap((contact, place) =>
      contacts.slice(place + 1).map((other) => linkOf(contact, other)),
    );
    return links.map((link) => ({
      ...{ _id: candidateId(link), contacts: link, state: 'open', score: 80, evidence: ['same-mailbox'] },
      ...{ marks: ['1.x'], dismissed: [], foundAt: new Date(0), changedAt: new Date(0), decided: null },
    }));
  };
  const mergeIdOf = async (pair: Link): Promise<string> => {
    const merged = await merge(pair);
    return merged.kind === 'one-person' ? (merged.merge ?? '') : '';
  };

  const newestOf = async (person: string): Promise<string> => {
    const own = await store.contacts.find({ personId: person }).toArray();
    const merges = await mergesOf(
      store,
      own.map(({ _id }) => _id),
    );
    return merges.findLast(({ undone }) => undone === null)?._id ?? '';
  };

  it('restores everything when a merge is split, whatever was merged before', async () => {
    const pair = fc.tuple(fc.nat(PEOPLE - 1), fc.nat(PEOPLE - 1)).filter(([a, b]) => a !== b);
    await fc.assert(
      fc.asyncProperty(
        fc.array(pair, { maxLength: 3 }),
        pair,
        fc.array(pair, { maxLength: 2 }),
        async (first, middle, later) => {
          await store.contacts.updateMany({}, { $unset: { personId: '' } });
          await store.merges.deleteMany({});
          const links = (of: number[][]) => of.map(([a = 0, b = 0]): Link => [at(a), at(b)]);
          for (const link of links(first)) await merge(link);
          const before = await stored();
          const id = await mergeIdOf([at(middle[0]), at(middle[1])]);
          if (id !== '') {
            const [merged] = await mergesOf(store, [at(middle[0])]).then((all) =>
              all.filter((row) => row._id === id),
            );
            expect((await split(merged?.person ?? '', id)).kind).to.equal('split');
          }
          expect(await stored()).to.equal(before);
          // The same merge, more after it, and then it alone taken back.
          const again = await mergeIdOf([at(middle[0]), at(middle[1])]);
          const kept: Link[] = [];
          for (const link of links(later)) if ((await mergeIdOf(link)) !== '') kept.push(link);
          const all = [
            ...links(first),
            ...(again === '' ? [] : [[at(middle[0]), at(middle[1])] as const]),
            ...kept,
          ];
          expect(await people()).to.deep.equal(peopleOf(contacts, all));
          if (again === '') return;
          const { personId = '' } = (await store.contacts.findOne({ _id: at(middle[0]) })) ?? {};
          expect((await split(personId, again)).kind).to.equal('split');
          expect(await people()).to.deep.equal(peopleOf(contacts, [...links(first), ...kept]));
        },
      ),
      { numRuns: 10 },
    );
    expect(await store.consentEvents.countDocuments(), 'no consent event was written').to.equal(0);
    expect(await store.suppressions.countDocuments()).to.equal(0);
  });

  it('makes one person of overlapping pairs that are merged at the same moment', async () => {
    await Promise.all([
      merge([at(0), at(1)]),
      merge([at(1), at(2)]),
      merge([at(2), at(3)]),
      merge([at(3), at(0)]),
    ]);
    const { personId } = (await store.contacts.findOne({ _id: at(3) })) ?? {};
    expect(personId).to.equal(personIdOf(contacts));
    expect((await people())[0]).to.deep.equal(contacts.slice(0, 4));
    const recorded = await mergesOf(store, contacts);
    expect(recorded, 'each merge joined two people').to.have.length(3);
  });

  it('marks a pair of candidates as merged exactly while it is one person', async () => {
    const move = fc.tuple(fc.nat(PEOPLE - 1), fc.nat(PEOPLE - 1), fc.boolean());
    await fc.assert(
      fc.asyncProperty(fc.array(move, { minLength: 3, maxLength: 6 }), async (moves) => {
        await store.merges.deleteMany({});
        await store.contacts.updateMany({}, { $unset: { personId: '' } });
        await store.mergeCandidates.deleteMany({});
        await store.mergeCandidates.insertMany(pairs());
        for (const [a, b, isSplit] of moves) {
          const { personId } = (await store.contacts.findOne({ _id: at(a) })) ?? {};
          if (!isSplit) await merge([at(a), at(b)]);
          else if (personId !== undefined) await split(personId, await newestOf(personId));
        }
        const everyone = await people();
        for (const { contacts: pair, state } of await store.mergeCandidates.find().toArray()) {
          const isOne = everyone.some((own) => pair.every((contact) => own.includes(contact)));
          expect(state === 'merged', JSON.stringify(moves)).to.equal(isOne);
        }
      }),
      { numRuns: 6 },
    );
    await store.mergeCandidates.deleteMany({});
  });

  it('writes nothing for two contacts that are one person already', async () => {
    await merge([at(0), at(1)]);
    const before = await store.merges.countDocuments();
    expect(await merge([at(1), at(0)])).to.include({ kind: 'one-person', merge: null });
    expect(await store.merges.countDocuments()).to.equal(before);
  });

  it('refuses to split what cannot be taken back, and says why', async () => {
    const first = await mergeIdOf([at(0), at(1)]);
    const person = personIdOf([at(0)]);
    await merge([at(0), at(2)]);
    expect(await split(person, first)).to.include({ kind: 'split', merge: first });
    const twice = await split(person, first);
    expect(twice).to.deep.equal({ kind: 'refused', why: 'This merge was taken back already.' });
    expect((await split(person, `m_${'x'.repeat(16)}`)).kind).to.equal('refused');
    await merge([at(3), at(4)]);
    await merge([at(0), at(4)]);
    const gone = await split(personIdOf([at(3)]), first);
    expect(gone).to.deep.equal({ kind: 'no-person', why: `They are ${person} now, by a later merge.` });
  });

  it('refuses to merge a contact with itself, with an unknown one, and with an erased one', async () => {
    expect((await merge([at(0), at(0)])).kind).to.equal('refused');
    expect(await merge([at(0), 'c_none'])).to.deep.equal({ kind: 'no-contact', contact: 'c_none' });
    await store.contacts.updateOne({ _id: at(5) }, { $set: { sealed: null } });
    expect((await merge([at(0), at(5)])).kind).to.equal('refused');
  });
});
