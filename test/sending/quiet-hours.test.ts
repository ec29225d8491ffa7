import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../scripts/seed/programs.ts';
import { EMPTY_PROFILE } from '../../src/domain/contacts/profile.ts';
import { HOURS_VERSION } from '../../src/domain/hours/state-hours.ts';
import type { Program } from '../../src/domain/program.ts';
import { deliverySentence } from '../../src/domain/sending/delivery-sentence.ts';
import { MARKETING_HELD_MS } from '../../src/domain/sending/validity.ts';
import { createSenderQueue } from '../../src/sending/dispatcher.ts';
import type { Transport } from '../../src/sending/gate.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import type { Store } from '../../src/store/store.ts';
import { addSubscriber, plannedFor, testPeople } from '../support/people.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';
import { carrierOf, dispatchDeps, taken } from './dispatch-deps.ts';

/** A Monday: three at night in New York, two in the afternoon there. */
const NIGHT = new Date('2026-03-02T08:00:00Z');
const DAY = new Date('2026-03-02T19:00:00Z');

const NEW_YORK = { state: 'NY', zip: '10001' };
const MAINE = { state: 'ME', zip: '04101' };

const bound = (program: Program): Program => {
  const { quietHours: _, ...rest } = program;
  return rest;
};

describe('quiet hours at the dispatcher', () => {
  const people = testPeople('128');
  let store: Store;
  let handed: string[] = [];
  /** The times until which the carrier may hold handed-over messages. */
  let good: (Date | null)[] = [];
  let errors: string[] = [];
  before(async () => {
    ({ store } = await openTestStore());
  });
  after(async () => {
    await closeTestStore(store);
  });
  beforeEach(() => {
    handed = [];
    good = [];
    errors = [];
  });

  const turnAt = async (now: Date, program: (id: string) => Program | null): Promise<void> => {
    const transport: Transport = async (cleared) =>
      cleared.map((clearedMessage) => {
        clearedMessage.takeTurn();
        handed.push(clearedMessage.ref.delivery);
        good.push(clearedMessage.validUntil);
        return taken(clearedMessage, now);
      });
    const deps = dispatchDeps(store, people, {
      ...{ program, now: () => now, carrier: carrierOf(transport) },
      onError: (_error, what) => errors.push(what),
    });
    const turn = await createSenderQueue(deps, () => ({ ...SENDERS.shop, rate: 1000 })).turn();
    if (turn.kind === 'sending') await turn.done;
  };
  const find = (id: string) => PROGRAMS.find((program) => program.id === id) ?? null;
  const withHours = (id: string) => {
    const program = find(id);
    return program === null ? null : bound(program);
  };
  const someoneIn = async (zone: string, over: Partial<DeliveryDoc> = {}, at = NEW_YORK): Promise<string> => {
    const holder = await addSubscriber(store, people);
    const place = { ...EMPTY_PROFILE.place, country: 'US', ...at, zone };
    await store.contacts.updateOne({ _id: holder.id }, { $set: { profile: { ...EMPTY_PROFILE, place } } });
    const row = plannedFor(holder, over);
    await store.deliveries.insertOne(row);
    return row._id;
  };
  const rowOf = (id: string) => store.deliveries.findOne({ _id: id });

  it('delay and log messages to people in a zone that this process does not know, and the others leave', async () => {
    const lost = await someoneIn('Mars/Olympus');
    const found = await someoneIn('America/New_York');
    await turnAt(DAY, withHours);
    expect(handed).to.deep.equal([found]);
    expect((await rowOf(lost))?.state).to.equal('planned');
    expect(errors).to.deep.equal([
      'a contact or a message cannot be read, and missing keys are not the reason',
      'this process cannot decrypt some deliveries; they are tried again within an hour',
    ]);
  });

  it('delay marketing until morning where the person is', async () => {
    const id = await someoneIn('America/New_York');
    await turnAt(NIGHT, withHours);
    const held = await rowOf(id);
    expect(handed).to.deep.equal([]);
    expect([held?.state, held?.open]).to.deep.equal(['planned', true]);
    expect(held?.heldBy).to.match(/CFR|Law|Stat|Gen/);
    expect(held?.heldWhere).to.deep.equal({
      zone: 'America/New_York',
      source: 'declared',
      confidence: 'sure',
    });
    expect(deliverySentence(held as DeliveryDoc, NIGHT)).to.match(
      /^Waits until Mar 2, 2026, [89]:00 AM EST: quiet hours for marketing \(.+\)\. The time zone is the one that was declared/,
    );
    const local = new Intl.DateTimeFormat('en-GB', {
      timeZone: 'America/New_York',
      dateStyle: 'short',
      timeStyle: 'short',
    }).format(held?.dueAt);
    expect(local).to.match(/^02\/03\/2026, (08|09):00$/);
    await turnAt(held?.dueAt ?? NIGHT, withHours);
    expect(handed).to.deep.equal([id]);
  });

  it('record where the person was taken to be, and the version of the table', async () => {
    const bounded = await someoneIn('America/New_York');
    await turnAt(DAY, withHours);
    const unbounded = await someoneIn('America/New_York');
    await turnAt(NIGHT, find);
    const decided = [(await rowOf(bounded))?.decision, (await rowOf(unbounded))?.decision];
    expect(decided.map((decision) => [decision?.allowed, decision?.where])).to.deep.equal([
      [
        true,
        {
          zones: ['America/New_York'],
          jurisdictions: ['federal', 'NY'],
          source: 'declared',
          confidence: 'sure',
          version: HOURS_VERSION,
        },
      ],
      [true, undefined],
    ]);
  });

  it('end at once what expires before morning, and say what it would have waited for', async () => {
    const until = (hour: number): Date => new Date(NIGHT.getTime() + hour * 3_600_000);
    const [soon, later] = [
      await someoneIn('America/New_York', { validUntil: until(1) }),
      await someoneIn('America/New_York', { validUntil: until(12) }),
    ];
    await turnAt(NIGHT, withHours);
    const row = await rowOf(soon);
    expect([row?.state, row?.decision?.reasons, row?.open]).to.deep.equal([
      'expired',
      ['too-late'],
      undefined,
    ]);
    expect(deliverySentence(row as DeliveryDoc, NIGHT)).to.match(
      /^Not sent: its validity ended before it was sent\. It had waited: quiet hours for marketing in America\/New York time/,
    );
    expect((await rowOf(later))?.state).to.equal('planned');
    await store.deliveries.deleteMany({});
  });

  it('end the campaign messages of a person for whom no hour is allowed, and keep single messages, without a time', async () => {
    await store.deliveries.deleteMany({});
    const [theirs, own] = [
      await someoneIn('Pacific/Guam', { campaign: 'spring' }, MAINE),
      await someoneIn('Pacific/Guam', {}, MAINE),
    ];
    await turnAt(DAY, withHours);
    const [ended, waits] = [await rowOf(theirs), await rowOf(own)];
    expect([ended?.state, ended?.open, ended?.decision?.reasons]).to.deep.equal([
      'skipped',
      undefined,
      ['quiet-hours'],
    ]);
    expect(deliverySentence(ended as DeliveryDoc, DAY)).to.equal(
      'Not sent: No hour of the next eight days is permitted in every place where the person may be.',
    );
    expect(waits?.state).to.equal('planned');
    expect(deliverySentence(waits as DeliveryDoc, DAY)).to.equal(
      'Waits: no hour of the next eight days is permitted in every place where the person may be. The time zone is the one that was declared for the person.',
    );
    expect(handed).to.deep.equal([]);
    await store.deliveries.deleteMany({});
  });

  it('are those of the place, not ours: what waits in one place leaves in another', async () => {
    const [east, far] = [await someoneIn('America/New_York'), await someoneIn('Pacific/Guam')];
    await turnAt(DAY, withHours);
    expect(handed).to.deep.equal([east]);
    expect((await rowOf(far))?.state).to.equal('planned');
  });

  it('bind no order information, and no program that turned them off', async () => {
    await store.deliveries.deleteMany({});
    const ordered = await someoneIn('America/New_York', { class: 'transactional' });
    await turnAt(NIGHT, withHours);
    expect((await rowOf(ordered))?.heldBy).to.equal(undefined);
    const any = await someoneIn('America/New_York');
    await turnAt(NIGHT, find);
    expect(handed).to.include(any);
  });

  it('never delay the refusal of a message to a person who opted out', async () => {
    const id = await someoneIn('America/New_York', { rev: 1 });
    const row = await rowOf(id);
    await store.contacts.updateOne({ _id: row?.contact ?? '' }, { $set: { subscriptions: [] } });
    await turnAt(NIGHT, withHours);
    expect((await rowOf(id))?.state).to.equal('skipped');
  });

  it('limit the time for which the carrier may hold a message, as a deadline does, with some minutes for an offer', async () => {
    await store.deliveries.deleteMany({});
    const someMinutes = new Date(DAY.getTime() + MARKETING_HELD_MS);
    const [soon, later] = [new Date('2026-03-02T19:01:30Z'), new Date('2026-03-04T00:00:00Z')];
    for (const [validUntil, program] of [
      [undefined, withHours],
      [later, withHours],
      [soon, withHours],
      [undefined, find],
    ] as const) {
      await someoneIn('America/New_York', validUntil && { validUntil });
      await turnAt(DAY, program);
    }
    expect(good).to.deep.equal([someMinutes, someMinutes, soon, someMinutes]);
  });

  it('end no reply: a confirmation is valid for five minutes from the opt-out, HELP always', async () => {
    await store.deliveries.deleteMany({});
    const answers = { sid: 'SM1', receivedAt: new Date(DAY.getTime() - 60_000) };
    await someoneIn('America/New_York', { class: 'opt-out-confirmation', answers });
    await turnAt(DAY, withHours);
    await someoneIn('America/New_York', { class: 'help', answers });
    await turnAt(DAY, withHours);
    expect(good).to.deep.equal([new Date(DAY.getTime() + 240_000), null]);
  });

  it("leave nothing in the last quarter of an hour, in which the carrier's queue may hold it", async () => {
    await store.deliveries.deleteMany({});
    const id = await someoneIn('America/New_York');
    await turnAt(new Date('2026-03-03T01:45:00Z'), withHours);
    expect((await rowOf(id))?.dueAt).to.deep.equal(new Date('2026-03-03T13:00:00Z'));
    await store.deliveries.updateOne({ _id: id }, { $set: { dueAt: DAY } });
    await turnAt(new Date('2026-03-03T01:44:59Z'), withHours);
    expect(handed).to.deep.equal([id]);
  });

  it('let nothing leave with less than a second of validity, which the carrier would hold longer', async () => {
    await store.deliveries.deleteMany({});
    const [gone, left] = [999, 1000].map((ms) => new Date(DAY.getTime() + ms));
    const late = await someoneIn('America/New_York', { validUntil: gone as Date });
    const just = await someoneIn('America/New_York', { validUntil: left as Date });
    await turnAt(DAY, withHours);
    expect(handed).to.deep.equal([just]);
    expect((await rowOf(late))?.state).to.equal('expired');
  });
});
