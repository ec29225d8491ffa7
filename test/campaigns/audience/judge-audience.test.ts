import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../../scripts/seed/programs.ts';
import type { AppContext } from '../../../src/consent/app-context.ts';
import { EMPTY_PROFILE } from '../../../src/domain/contacts/profile.ts';
import type { Program } from '../../../src/domain/program.ts';
import { assessEligibility } from '../../../src/segments/eligibility.ts';
import type { ContactDoc } from '../../../src/store/contacts/contacts.ts';
import type { DeliveryDoc } from '../../../src/store/deliveries/delivery.ts';
import type { Store } from '../../../src/store/store.ts';
import { addSubscriber, testPeople } from '../../support/people.ts';
import { closeTestStore, openTestStore } from '../../support/test-store.ts';

/** A Monday: three at night in New York, two in the afternoon there. */
const NIGHT = new Date('2026-03-02T08:00:00Z');
const DAY = new Date('2026-03-02T19:00:00Z');

const seeded = PROGRAMS.find(({ id }) => id === 'deals');
if (seeded === undefined) throw new Error('the seed has no such program');
const { quietHours: _, capping: __, ...program } = seeded satisfies Program;
const topic = program.topics.find(({ id }) => id === 'deals');
if (topic === undefined) throw new Error('the seed has no such topic');

describe('judging an audience person by person', () => {
  const people = testPeople('129');
  let store: Store;
  const ids: string[] = [];
  before(async () => {
    ({ store } = await openTestStore());
    for (const zone of ['America/New_York', 'America/New_York', 'Pacific/Guam']) {
      const { id } = await addSubscriber(store, people);
      const place = {
        ...EMPTY_PROFILE.place,
        country: 'US',
        state: zone === 'Pacific/Guam' ? 'GU' : 'NY',
        zone,
      };
      await store.contacts.updateOne({ _id: id }, { $set: { profile: { ...EMPTY_PROFILE, place } } });
      ids.push(id);
    }
  });
  after(async () => {
    await closeTestStore(store);
  });

  const read = (): Promise<ContactDoc[]> => store.contacts.find().sort({ createdAt: 1, _id: 1 }).toArray();
  const judge = async (now: Date, only: ContactDoc[] | null = null) => {
    const book = { programs: [program], senders: Object.values(SENDERS) };
    const current = () => ({ book, promised: () => ({ frequencies: [], topics: [] }) });
    const log = { error: () => undefined };
    const context = { store, ...people, log, catalog: { current }, now: () => now } as unknown as AppContext;
    return assessEligibility(
      context,
      only ?? (await read()),
      { about: { program, topic }, samples: 2, who: {} },
      now,
    );
  };

  it('says until when each person waits, by which rule, and where they are', async () => {
    const night = await judge(NIGHT);
    expect([night.of, night.allowed]).to.deep.equal([3, 1]);
    const [[until, { people: held, by }] = [0, { people: 0, by: new Set<string>() }]] = [...night.held];
    expect(held).to.equal(2);
    const local = new Intl.DateTimeFormat('en-GB', {
      timeZone: 'America/New_York',
      timeStyle: 'short',
    }).format(until);
    expect(local).to.match(/^0[89]:00$/);
    expect([...by].join()).to.match(/CFR|Law|Stat|Gen/);
    const day = await judge(DAY);
    expect([day.allowed, [...day.held.values()].map((group) => group.people)]).to.deep.equal([2, [1]]);
  });

  it('promises no time to a person for whom no hour is allowed', async () => {
    const [far] = (await read()).filter(({ _id }) => _id === ids[2]);
    const place = { ...EMPTY_PROFILE.place, country: 'US', state: 'ME', zone: 'Pacific/Guam' };
    const lost = { ...far, profile: { ...EMPTY_PROFILE, place } } as ContactDoc;
    const { held, refused } = await judge(DAY, [lost]);
    expect([[...held], [...refused]]).to.deep.equal([[], [['quiet-hours', 1]]]);
  });

  it('counts capped people apart, and leaves out those without consent', async () => {
    const [first = ''] = ids;
    const last = ids.at(-1) ?? '';
    const rows = [first, last].flatMap((contact) =>
      Array.from({ length: 5 }, (_, at) => ({
        ...{ _id: `${contact}-${at}`, contact, class: 'marketing', program: 'deals', topic: 'deals' },
        ...{
          state: 'delivered',
          leaseUntil: new Date(DAY.getTime() - 3_600_000),
          owner: null,
          index: 'i',
          template: 't',
        },
      })),
    );
    await store.deliveries.insertMany(rows as unknown as DeliveryDoc[]);
    await store.contacts.updateOne(
      { _id: last },
      { $set: { pausedUntil: new Date('2027-01-01T00:00:00Z') } },
    );
    const judged = await judge(DAY);
    await store.contacts.updateOne({ _id: last }, { $set: { pausedUntil: null } });
    await store.deliveries.deleteMany({});
    expect([judged.capped, judged.allowed, judged.refused.get('paused')]).to.deep.equal([1, 1, 1]);
  });

  it('counts people by zone, and those whose zone is uncertain', async () => {
    const stored = await read();
    const unknown = stored.map((contact): ContactDoc => ({ ...contact, profile: EMPTY_PROFILE }));
    expect([...(await judge(DAY)).zones]).to.have.deep.members([
      ['America/New_York', { people: 2, weak: 0 }],
      ['Pacific/Guam', { people: 1, weak: 0 }],
    ]);
    const weak = [...(await judge(DAY, unknown)).zones.values()];
    expect(weak.map((group) => group.weak)).to.deep.equal(weak.map((group) => group.people));
  });

  it('names a limited number of people whom no key opens', async () => {
    const stored = await read();
    const broken = stored.map(
      (contact, at): ContactDoc =>
        at === 0 ? { ...contact, sealed: Buffer.from('broken box of someone') } : contact,
    );
    const judged = await judge(DAY, broken);
    expect([judged.of, judged.unreadable, judged.samples.length]).to.deep.equal([3, 1, 2]);
  });

  it('names people whose stored data or zone it cannot read', async () => {
    const [first, other, last] = await read();
    if (first === undefined || other === undefined || last === undefined)
      throw new Error('people are missing');
    const away = { ...EMPTY_PROFILE, place: { ...EMPTY_PROFILE.place, country: 'US', zone: 'Mars/Olympus' } };
    const some = [
      { ...first, subscriptions: 'none' } as unknown as ContactDoc,
      { ...other, profile: away },
      last,
    ];
    const judged = await judge(DAY, some);
    expect([judged.of, judged.unreadable]).to.deep.equal([3, 2]);
  });
});
