import { expect } from 'chai';
import { HANDED_OVER_STATES } from '../../src/domain/reports/delivery-tally.ts';
import { outcomesOf } from '../../src/store/campaigns/results.ts';
import type { InboundDoc } from '../../src/store/consent/inbound-texts.ts';
import type { EventDoc } from '../../src/store/contacts/activity.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import type { Store } from '../../src/store/store.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SINCE = new Date('2026-03-01T12:00:00Z');
const at = (hours: number): Date => new Date(SINCE.getTime() + hours * HOUR);
const ENDED = at(10);
const ROWS = 84;
const STATES = ['delivered', 'skipped', 'unknown', 'accepted', 'planned', 'undelivered'] as const;
const VARIANTS = [{}, { variant: 'a' }, { variant: 'b' }];

/** Rows as a campaign leaves them; five of each were decided about in one moment. */
const rows = Array.from({ length: ROWS }, (_, number) => {
  const state = STATES[number % STATES.length] ?? 'planned';
  const held = state === 'skipped' && number % 4 === 1;
  const reasons = state === 'skipped' ? [held ? 'holdout' : 'opted-out'] : [];
  const undecided = state === 'planned' || (state === 'unknown' && number % 4 === 0);
  const decision = undecided
    ? null
    : { allowed: state !== 'skipped', reasons, at: at(Math.floor(number / 5) / 2) };
  return {
    ...{ _id: `r${number}`, contact: `c${number}`, campaign: 'spring', state, decision },
    ...{ dueAt: at(Math.floor(number / 5) / 2), createdAt: at(Math.floor(number / 5) / 2), epoch: 0 },
    ...(held ? { variant: 'holdout' } : VARIANTS[Math.floor(number / STATES.length) % VARIANTS.length]),
  } as Partial<DeliveryDoc> as DeliveryDoc;
});

const text = (number: number, hours: number, kind: string): InboundDoc =>
  ({
    ...{ _id: `t${number} ${hours} ${kind}`, contact: `c${number}`, receivedAt: at(hours) },
    reading: { kind, rule: 'r', rules: '1' },
  }) as Partial<InboundDoc> as InboundDoc;

const bought = (_id: string, more: Partial<EventDoc>): EventDoc =>
  ({
    ...{ _id, contact: 'c0', type: 'purchase', at: at(9), amount: 2, receivedAt: at(9) },
    ...more,
  }) as EventDoc;

/** Some answer often, some with STOP alone, some before their message came, some too late. */
const texts = rows.flatMap((_, row) => {
  const own = Math.floor(row / 5) / 2;
  if (row % 11 === 0) return [text(row, own - 0.1, 'other'), text(row, own + 30, 'other')];
  if (row % 7 === 0) return [text(row, own + 1, 'stop-all'), text(row, own + 2, 'stop-some')];
  return row % 5 < 3 ? [1, 2, 3, 9].map((hours) => text(row, own + hours, 'other')) : [];
});

/** Counts the replies row by row, in the plainest form of the query. */
function repliesOneByOne(days: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { state, decision, contact, variant = 'everyone' } of rows) {
    const counted =
      HANDED_OVER_STATES.some((left) => left === state) || decision?.reasons.join() === 'holdout';
    if (!counted || decision === null) continue;
    const until = decision.at.getTime() + days * DAY;
    const answered = texts.some(
      ({ contact: by, receivedAt, reading }) =>
        by === contact &&
        receivedAt >= decision.at &&
        receivedAt.getTime() <= until &&
        !['stop-all', 'stop-some'].includes(reading.kind),
    );
    if (answered) counts[variant] = (counts[variant] ?? 0) + 1;
  }
  return counts;
}

describe('the results of a campaign', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
    await store.deliveries.insertMany(rows);
    await store.inbound.insertMany(texts);
  });
  after(() => closeTestStore(store));
  const question = (by: string, days: number) => ({
    ...{
      campaign: 'spring',
      program: 'club',
      topic: 'deals',
      by,
      via: null,
      since: SINCE,
      ended: ENDED,
      days,
      meant: false,
    },
  });

  for (const slice of [1, 5, 13, 20_000]) {
    it(`include every reply once, in slices of ${slice}`, async () => {
      const expected = repliesOneByOne(1);
      expect(Object.keys(expected).sort()).to.deep.equal(['a', 'b', 'everyone', 'holdout']);
      const found = await outcomesOf(store, question('reply', 1), slice);
      expect(Object.fromEntries(found.map(({ group, hits }) => [group, hits]))).to.deep.equal(expected);
    });
  }

  it('read only the deliveries of each slice for replies, however many slices there are', async () => {
    const looks = await profiled(() => outcomesOf(store, question('reply', 1), 13), 'deliveries');
    const asked = looks.filter(({ command }) => command.pipeline === undefined);
    expect(asked.length).to.be.at.least(4);
    expect(asked.reduce((sum, { docsExamined }) => sum + docsExamined, 0)).to.be.at.most(ROWS);
    expect(asked.map(({ hasSortStage }) => hasSortStage)).to.deep.equal(asked.map(() => undefined));
  });

  it('read no event that was reported long after its end', async () => {
    const happened = (id: string, when: Date, told: Date): EventDoc =>
      bought(id, { at: when, receivedAt: told });
    await store.events.insertMany([
      happened('at once', at(3), at(3)),
      happened('in a list of the month', at(4), at(30 * 24)),
      happened('half a year late', at(5), at(180 * 24)),
      happened('past its days', at(24 + 1), at(24 + 1)),
      ...Array.from({ length: 500 }, (_, number) =>
        happened(`later ${number}`, at(2000 + number), at(2000 + number)),
      ),
    ]);
    let found: Awaited<ReturnType<typeof outcomesOf>> = [];
    const looks = await profiled(async () => {
      found = await outcomesOf(store, question('purchase', 1));
    }, 'events');
    expect(found.find(({ group }) => group === 'everyone')).to.deep.include({ hits: 1, sum: 4, squares: 16 });
    expect(looks.map(({ keysExamined }) => keysExamined < 20)).to.deep.equal([true]);
  });

  it('leave out people who only returned things, and subtract returns', async () => {
    const rows = await store.deliveries.find({ campaign: 'spring', state: 'delivered' }).toArray();
    const [first = '', other = ''] = rows
      .filter(({ variant }) => variant === 'b')
      .map(({ contact }) => contact);
    await store.events.insertMany([
      bought('worth nothing', { contact: first, type: 'order', amount: null }),
      bought('more', { contact: first, type: 'order', amount: 9 }),
      bought('given back', { contact: first, type: 'order', amount: -4 }),
      bought('given back alone', { contact: other, type: 'order', amount: -3 }),
    ]);
    const found = await outcomesOf(store, question('order', 7));
    expect(found.find(({ group }) => group === 'b')).to.deep.include({ hits: 1, sum: 2, squares: 34 });
  });

  it('compare the holdout with all planned people, from the time at which each would have got it', async () => {
    const held = { allowed: false, reasons: ['holdout'], at: at(0) };
    const capped = { allowed: false, reasons: ['capped'], at: at(5) };
    const row = (id: string, fields: object): DeliveryDoc =>
      ({
        ...{ _id: `m ${id}`, contact: `m ${id}`, campaign: 'meant', variant: 'a', createdAt: at(0) },
        ...{ dueAt: at(5), epoch: 1, state: 'skipped', decision: capped, ...fields },
      }) as Partial<DeliveryDoc> as DeliveryDoc;
    const late = { allowed: false, reasons: ['too-late'], at: at(6) };
    const opted = { state: 'canceled', decision: null, error: 'opted out' };
    const ofHoldout = { variant: 'holdout', epoch: 0, decision: held };
    const counted = [
      row('left', { state: 'delivered', decision: { allowed: true, reasons: [], at: at(5) } }),
      row('capped', {}),
      row('opted out', { ...opted, epoch: 0 }),
      row('expired', { state: 'expired', epoch: 0, decision: late }),
      row('capped until it expired', { state: 'expired', decision: late, cappedBy: {}, dueAt: at(99) }),
      row('held out', ofHoldout),
    ];
    const others = [
      row('refused as it was planned', { epoch: 0, decision: { ...capped, at: at(0) } }),
      row('planned too late', { state: 'expired', epoch: 0, decision: { ...late, at: at(0) } }),
      row('canceled with all', { ...opted, error: 'the campaign was canceled' }),
      row('opted out before its time', { ...opted, dueAt: at(99) }),
      row('would get it later', { ...ofHoldout, dueAt: at(99) }),
    ];
    await store.deliveries.insertMany([...counted, ...others]);
    const did = (id: string, hours: number, contact: string): EventDoc => ({
      ...{ _id: id, contact, type: 'visit', at: at(hours), amount: 1, receivedAt: at(hours) },
    });
    const all = [...counted, ...others].map(({ contact }) => contact);
    await store.events.insertMany([
      ...all.map((contact) => did(`in ${contact}`, 5 + 23, contact)),
      // These happened before the message was due and cannot be its results.
      ...all.map((contact) => did(`early ${contact}`, 4, contact)),
    ]);
    await store.inbound.insertMany(
      all.flatMap((contact) =>
        [4, 28].map((hours) => ({ ...text(0, hours, 'other'), _id: `${contact} ${hours}`, contact })),
      ),
    );
    for (const by of ['visit', 'reply']) {
      const asked = { ...question(by, 1), campaign: 'meant' };
      const told = async (meant: boolean) =>
        (await outcomesOf(store, { ...asked, meant })).map(({ group, people, hits }) => [
          group,
          people,
          hits,
        ]);
      expect(await told(true), by).to.deep.equal([
        ['a', 5, 5],
        ['holdout', 1, 1],
      ]);
      expect(await told(false), by).to.deep.equal([
        ['a', 1, 1],
        ['holdout', 1, 1],
      ]);
    }
    const visits = await outcomesOf(store, { ...question('visit', 1), campaign: 'meant', meant: true });
    expect(visits.map(({ sum }) => sum)).to.deep.equal([5, 1]);
  });

  type ProfiledCommand = {
    command: { pipeline?: object[] };
    docsExamined: number;
    keysExamined: number;
    hasSortStage?: true;
  };
  async function profiled(ask: () => Promise<unknown>, collection: string): Promise<ProfiledCommand[]> {
    await store.db.command({ profile: 2, slowms: 0 });
    await ask();
    await store.db.command({ profile: 0 });
    const looks = store.db.collection('system.profile');
    const found = await looks.find({ ns: `${store.db.databaseName}.${collection}` }).toArray();
    await looks.drop();
    return found as unknown as ProfiledCommand[];
  }
});
