import { expect } from 'chai';
import { type Document, ObjectId } from 'mongodb';
import type { InboundDoc } from '../../src/store/consent/inbound-texts.ts';
import type { EventDoc } from '../../src/store/contacts/activity.ts';
import { stagesStoodIn } from '../../src/store/contacts/activity.ts';
import type { ContactDoc } from '../../src/store/contacts/contacts.ts';
import {
  countRuns,
  dueRuns,
  type JourneyRunDoc,
  latestRuns,
  olderVersions,
  runId,
  runsOf,
} from '../../src/store/journeys/runs.ts';
import {
  type ActRef,
  entriesSince,
  eventsSince,
  keywordTextsAt,
  questionsAt,
  stagesSince,
} from '../../src/store/journeys/triggers.ts';
import type { Store } from '../../src/store/store.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const ROWS = 2000;
const NOW = new Date('2026-03-01T12:00:00Z');
const ago = (s: number): Date => new Date(NOW.getTime() - s * 1000);

const contact = (at: number): string => `c_${String(at).padStart(16, '0')}`;

describe('query plans of journeys, which read only what they return', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
    const all = Array.from({ length: ROWS }, (_, at) => at);
    await store.journeyRuns.insertMany(
      all.map((at) => {
        const [journey, nth] = [`j${at % 4}`, 1 + (at % 2)];
        const open = at % 5 === 0 ? { open: true as const } : { reason: 'completed' as const };
        const run = { _id: runId(contact(at), journey, nth), contact: contact(at), journey, nth, ...open };
        const place = { version: 2, plan: 'newest', step: `s${at % 3}` };
        return { ...run, ...place, dueAt: ago(at), startedAt: ago(at) } as unknown as JourneyRunDoc;
      }),
    );
    await store.consentEvents.insertMany(
      all.map((at) => {
        const _id = ObjectId.createFromTime(ago(at).getTime() / 1000);
        return { _id, contact: contact(at), seq: 1, kind: 'confirmed', recordedAt: ago(at) } as never;
      }),
    );
    const act = (at: number) => ({
      contact: contact(at),
      actedAt: ago(9000 + at),
      recordedAt: ago(9000 + at),
    });
    await store.consentEvents.insertMany(
      all.map((at) => {
        const _id = ObjectId.createFromTime(ago(9000 + at).getTime() / 1000);
        return { _id, ...act(at), seq: 2 + (at % 3), kind: 'prompted' } as never;
      }),
    );
    await store.inbound.insertMany(
      all.flatMap((at) =>
        [0, 1, 2].map((later) => {
          const receivedAt = ago(9000 + at - later);
          const reading = { kind: 'join', rule: 'join:keyword:join', rules: '' };
          return { _id: `SM${at}.${later}`, contact: contact(at), receivedAt, reading } as InboundDoc;
        }),
      ),
    );
    await store.events.insertMany(
      all.map((at) => ({ _id: `e${at}`, type: `t${at % 4}`, receivedAt: ago(at) }) as EventDoc),
    );
    await store.contacts.insertMany(
      all.map((at) => {
        const stage = at % 2 === 0 ? { name: `n${at % 4}`, since: ago(at) } : null;
        return {
          _id: contact(at),
          index: `1.${at}`,
          current: true,
          profile: { stage },
        } as unknown as ContactDoc;
      }),
    );
    await store.db.command({ profile: 2 });
  });
  after(async () => {
    await store.db.command({ profile: 0 });
    await closeTestStore(store);
  });

  const read = async <T>(rows: AsyncIterable<T[]>): Promise<T[]> => {
    const found: T[] = [];
    for await (const batch of rows) found.push(...batch);
    return found;
  };
  const lastAggregate = async (): Promise<Document> => {
    const filter = { ns: `${store.db.databaseName}.journeyRuns`, 'command.aggregate': 'journeyRuns' };
    const profile = store.db.collection('system.profile');
    const [last] = await profile.find(filter).sort({ ts: -1 }).limit(1).toArray();
    return last as Document;
  };
  const those = Array.from({ length: 20 }, (_, at) => at * 40);
  const people = those.map(contact);

  /** The index keys and documents that the one command of `work` read, by the database's own count. */
  const reads: [what: string, ns: string, work: () => Promise<number>, spare: number][] = [
    [
      'entries of the ledger',
      'consentEvents',
      async () => (await read(entriesSince(store, ago(50), ['confirmed']))).length,
      1,
    ],
    ['events of a type', 'events', async () => (await read(eventsSince(store, ago(50), ['t1']))).length, 1],
    [
      'people in a stage',
      'contacts',
      async () => (await read(stagesSince(store, ago(50), ['n2']))).length,
      1,
    ],
    [
      'questions that people answered',
      'consentEvents',
      async () =>
        (
          await questionsAt(
            store,
            those.map((at) => ({ contact: contact(at), seq: 2 + (at % 3) })),
          )
        ).length,
      41,
    ],
    [
      'texts by which something was asked for',
      'inbound',
      async () => {
        const acts = those.map((at) => ({ contact: contact(at), actedAt: ago(9000 + at) }) as ActRef);
        const wanted = acts.map(({ actedAt }) => actedAt.getTime());
        const found = await keywordTextsAt(store, acts);
        return found.filter(({ receivedAt }) => wanted.includes(receivedAt.getTime())).length;
      },
      41,
    ],
    ['due runs', 'journeyRuns', async () => (await dueRuns(store, 'j0', NOW, 50)).length, 1],
    ['latest runs of people', 'journeyRuns', async () => (await latestRuns(store, 'j0', people)).size, 21],
    [
      'open runs of people',
      'journeyRuns',
      async () => (await runsOf(store, people, { open: true })).length,
      21,
    ],
  ];
  for (const [what, collection, work, spare] of reads) {
    it(`finds ${what} by an index`, async () => {
      const returned = await work();
      const ns = `${store.db.databaseName}.${collection}`;
      const filter = { ns, op: { $in: ['query', 'getmore'] } };
      const [last] = await store.db
        .collection('system.profile')
        .find(filter)
        .sort({ ts: -1 })
        .limit(1)
        .toArray();
      const { keysExamined, docsExamined } = last as Document;
      expect(returned).to.be.greaterThan(5);
      expect(docsExamined).to.equal(returned);
      expect(keysExamined).to.be.at.most(returned + spare);
    });
  }

  it('finds that nobody is in an older version without reading a run', async () => {
    expect(await olderVersions(store, 'j0', 2)).to.deep.equal([]);
    const { docsExamined, keysExamined } = await lastAggregate();
    expect([docsExamined, keysExamined]).to.deep.equal([0, 0]);
    expect(await olderVersions(store, 'j0', 3)).to.deep.equal(['newest']);
  });

  it('finds the stages with people in them by one key for each', async () => {
    await store.db.command({ profile: 0 });
    await store.db.dropCollection('system.profile');
    await store.db.command({ profile: 2 });
    expect(await stagesStoodIn(store)).to.deep.equal(['n0', 'n2']);
    const filter = { ns: `${store.db.databaseName}.contacts`, op: 'query' };
    const asked = await store.db.collection('system.profile').find(filter).toArray();
    const keys = asked.reduce((sum, command) => sum + (command as Document).keysExamined, 0);
    expect([asked.length, keys <= 3 * 2]).to.deep.equal([3, true]);
  });

  it('counts people without reading a run', async () => {
    const counts = await countRuns(store, 'j1');
    expect(counts.reduce((sum, { people: some }) => sum + some, 0)).to.equal(ROWS / 4);
    expect((await lastAggregate()).docsExamined).to.equal(0);
  });
});
