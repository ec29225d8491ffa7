import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { createWriter, type Work, type Writer } from '../../src/consent/consent-writer.ts';
import { emptyConsentState } from '../../src/domain/consent/consent-state.ts';
import { createAuditChains } from '../../src/store/audit/audit-chains.ts';
import type { Change } from '../../src/store/consent/commit.ts';
import { fieldsOf, type OpenContact } from '../../src/store/contacts/open-contact.ts';
import { isDatabaseAway } from '../../src/store/database-errors.ts';
import type { KeyRing } from '../../src/store/sealing/keys.ts';
import type { Store } from '../../src/store/store.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const ring: KeyRing = { active: 'k', keys: new Map([['k', randomBytes(32)]]) };
const ledgerKeys = { ...ring, installation: 'test' };

const auditOf = (database: Store) => createAuditChains({ database, ring, ledgerKeys, now: () => new Date() });

describe('the consent writer, whose batched changes never fail each other', () => {
  let store: Store;
  let writer: Writer;
  before(async () => {
    ({ store } = await openTestStore());
    writer = createWriter({
      store,
      ring,
      ledgerKeys,
      audit: auditOf(store),
      now: () => new Date(),
      monotonic: () => performance.now(),
      atLeast: async () => undefined,
    });
  });
  after(async () => {
    await writer.drain();
    await closeTestStore(store);
  });

  const change = (holder: OpenContact, sid: string | null): Change => {
    const rev = (holder.stored?.rev ?? 0) + 1;
    const inbound = {
      _id: sid ?? '',
      contact: holder.id,
      rev,
      to: '28555',
      receivedAt: new Date(),
      recordedAt: new Date(),
      door: 'webhook' as const,
      reading: { kind: 'unknown', rule: 'test', rules: '1' },
      sealed: null,
      unreadable: null,
      answers: [],
    };
    return {
      contact: fieldsOf(holder, emptyConsentState(), {
        rev,
        head: { seq: 0, hash: '' },
        createdAt: new Date(),
        source: 'text',
      }),
      before: holder.stored,
      suppressions: [],
      inbound: sid === null ? null : inbound,
      events: [],
      deliveries: [],
    };
  };
  const work = (person: string, sid: string | null, more: Partial<Work<number>> = {}): Work<number> => ({
    index: `1.${person}`,
    number: person,
    sid,
    alone: false,
    prepare: (holder) => ({ change: change(holder, sid), result: (holder.stored?.rev ?? 0) + 1 }),
    ...more,
  });

  it('writes each of many changes once', async () => {
    const done = await Promise.all(
      Array.from({ length: 300 }, (_, at) => writer.submit(work(`a${at}`, `SMa${at}`))),
    );
    expect(done.every((done) => done.kind === 'written')).to.equal(true);
    expect(await store.inbound.countDocuments({ _id: /^SMa/ })).to.equal(300);
  });

  it('builds the changes of one person one after the other, each on the state that the one before wrote', async () => {
    const done = await Promise.all(
      Array.from({ length: 8 }, (_, at) => writer.submit(work('one', `SMb${at}`))),
    );
    const revisions = done.map((done) => (done.kind === 'written' ? done.result : 0));
    expect(revisions).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('accepts a MessageSid once, also when both come at the same moment', async () => {
    const done = await Promise.all([1, 2, 3].map(() => writer.submit(work('dup', 'SMc'))));
    expect(done.map((done) => done.kind).sort()).to.deep.equal(['repeated', 'repeated', 'written']);
  });

  it('lets a change that cannot be built fail alone', async () => {
    const bad = writer.submit(
      work('bad', 'SMd-bad', {
        prepare: () => {
          throw new Error('undecidable');
        },
      }),
    );
    const good = [1, 2, 3].map((at) => writer.submit(work(`d${at}`, `SMd${at}`)));
    const outcome = await bad.catch((error: Error) => error.message);
    expect(outcome).to.equal('undecidable');
    expect((await Promise.all(good)).every((done) => done.kind === 'written')).to.equal(true);
  });

  it('lets a change that cannot be written fail alone', async () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    const bad = writer.submit(
      work('unwritable', 'SMu-bad', {
        prepare: (holder) => {
          const made = change(holder, 'SMu-bad');
          const inbound = { ...made.inbound, reading: circular } as unknown as Change['inbound'];
          return { change: { ...made, inbound }, result: 1 };
        },
      }),
    );
    const good = [1, 2, 3, 4].map((at) => writer.submit(work(`u${at}`, `SMu-${at}`)));
    expect(await bad.catch((error: Error) => error.name)).to.equal('BSONError');
    expect((await Promise.all(good)).every((done) => done.kind === 'written')).to.equal(true);
    expect(await store.contacts.countDocuments({ index: '1.unwritable' })).to.equal(0);
  });

  it('halves a batch in which one change lost a race, and builds that change again', async () => {
    await writer.submit(work('raced', 'SMe0'));
    let first = true;
    let decisions = 0;
    const raced = writer.submit(
      work('raced', 'SMe1', {
        prepare: (holder) => {
          const rev = (holder.stored?.rev ?? 0) + 1;
          const made = change(holder, 'SMe1');
          const stale = { ...made, before: holder.stored && { ...holder.stored, rev: 99 } };
          const result = { change: first ? stale : made, result: rev };
          first = false;
          decisions += 1;
          return result;
        },
      }),
    );
    const others = Array.from({ length: 9 }, (_, at) => writer.submit(work(`e${at}`, `SMf${at}`)));
    const done = await Promise.all([raced, ...others]);
    expect(done.every((done) => done.kind === 'written')).to.equal(true);
    expect(
      await store.inbound.countDocuments({ _id: { $in: ['SMe1', ...others.map((_, at) => `SMf${at}`)] } }),
    ).to.equal(10);
    expect(decisions).to.be.above(1);
  });

  it('serializes two processes that write one person', async () => {
    const other = createWriter({
      store,
      ring,
      ledgerKeys,
      audit: auditOf(store),
      now: () => new Date(),
      monotonic: () => performance.now(),
      atLeast: async () => undefined,
    });
    const both = Array.from({ length: 10 }, (_, at) =>
      (at % 2 === 0 ? writer : other).submit(work('two', `SMg${at}`)),
    );
    const done = await Promise.all(both);
    const revisions = done.map((done) => (done.kind === 'written' ? done.result : 0)).sort((a, b) => a - b);
    expect(revisions).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('waits for a person whose contact another transaction holds, and delays nobody else', async () => {
    await Promise.all([writer.submit(work('held', 'SMh0')), writer.submit(work('free', 'SMh1'))]);
    const session = store.client.startSession();
    session.startTransaction();
    await store.contacts.updateOne({ index: '1.held' }, { $inc: { rev: 1 } }, { session });
    let heldDone = false;
    const held = writer.submit(work('held', 'SMh2')).then((done) => {
      heldDone = true;
      return done;
    });
    const free = await Promise.all(
      ['free', 'free2', 'free3'].map((contact) => writer.submit(work(contact, `SMh-${contact}`))),
    );
    expect(free.map(({ kind }) => kind)).to.deep.equal(['written', 'written', 'written']);
    expect(heldDone).to.equal(false);
    await session.commitTransaction();
    await session.endSession();
    // The other's write stands, and this act was decided on it.
    expect(await held).to.deep.equal({ kind: 'written', result: 3 });
  });

  it('reads the other numbers of a merged person, for a change on its own only when it asks for them', async () => {
    await writer.submit(work('merged', 'SMm'));
    await store.contacts.updateOne({ index: '1.merged' }, { $set: { personId: 'p_merged' } });
    const othersFor = async (more: Partial<Work<number>>) => {
      let seen: OpenContact['person']['others'];
      const prepare = ({ person }: OpenContact) => {
        seen = person.others;
        return null;
      };
      await writer.submit(work('merged', null, { ...more, prepare }));
      return seen;
    };
    expect(await othersFor({})).to.deep.equal([]);
    expect(await othersFor({ alone: true })).to.equal(null);
    expect(await othersFor({ alone: true, asksOthers: true })).to.deep.equal([]);
  });

  it('writes only the changed fields of a contact', async () => {
    await writer.submit(work('kept', 'SMk0'));
    await store.contacts.updateOne({ index: '1.kept' }, { $set: { extra: 'theirs' } as object });
    await writer.submit(work('kept', 'SMk1'));
    const kept = (await store.contacts.findOne({ index: '1.kept' })) as {
      rev: number;
      extra?: string;
    } | null;
    expect([kept?.rev, kept?.extra]).to.deep.equal([2, 'theirs']);
  });

  it('fails changes whose read the driver never ends, and goes on with the next of the same person', async () => {
    let silent = true;
    const aggregate: typeof store.contacts.aggregate = (...args) =>
      silent ? ({ toArray: () => new Promise(() => undefined) } as never) : store.contacts.aggregate(...args);
    const contacts = Object.assign(Object.create(store.contacts), { aggregate });
    const now = () => new Date();
    const monotonic = () => performance.now();
    const writer = createWriter({
      store: { ...store, contacts },
      ring,
      ledgerKeys,
      audit: auditOf(store),
      now,
      monotonic,
      readMs: 50,
      atLeast: async () => undefined,
    });
    const alone = { alone: true };
    const error = await writer.submit(work('silent', 'SMs0', alone)).catch((failed: unknown) => failed);
    expect(isDatabaseAway(error)).to.equal(true);
    silent = false;
    expect((await writer.submit(work('silent', 'SMs0', alone))).kind).to.equal('written');
  });
});
