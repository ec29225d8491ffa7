import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import { createDatabaseClock } from '../../src/sending/database-clock.ts';
import { createSenderQueue } from '../../src/sending/dispatcher.ts';
import type { Transport } from '../../src/sending/gate.ts';
import { errorOf, holdMarketingWhileClockOff } from '../../src/sending/marketing-hold.ts';
import { createCarrierBacklog, createRateLimiter } from '../../src/sending/rate-limiter.ts';
import type { ContactDoc, StoredPrompt } from '../../src/store/contacts/contacts.ts';
import type { Store } from '../../src/store/store.ts';
import { until } from '../support/gateway.ts';
import { addSubscriber, plannedFor, testPeople } from '../support/people.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';
import { carrierOf, dispatchDeps, taken } from './dispatch-deps.ts';

const HOUR_MS = 3_600_000;

const questionOf = (fields: Pick<StoredPrompt, 'id' | 'issuedAt'> & Partial<StoredPrompt>): StoredPrompt => ({
  ...{ seq: 1, number: SENDERS.shop.number, program: 'deals', topics: ['deals'], language: 'en' },
  ...{ purposes: { deals: 'marketing' }, confirmWord: 'YES', channel: 'WEB_FORM', under: {} },
  ...{ disclosure: { touchpoint: 'sms-prompt.deals', version: 1 } },
  ...{ handedOverAt: null, expiresAt: new Date(Date.now() + 72 * HOUR_MS), step: 'confirm', state: 'open' },
  ...fields,
});

describe("a process whose clock differs from the database's", () => {
  const newLog = () => {
    const said: string[] = [];
    const say = (_facts: unknown, line: string): void => void said.push(line);
    return { said, log: { info: say, warn: say, error: say } };
  };

  it('sends no marketing while its clock is off by more than two seconds, and says so once', () => {
    const { said, log } = newLog();
    let off = 0;
    const hold = holdMarketingWhileClockOff({ wall: () => new Date(), log }, { offBy: () => off });
    const holds = (ms: number): boolean => {
      off = ms;
      return hold.holds();
    };
    expect([0, 2000, -2000].map(holds)).to.deep.equal([false, false, false]);
    expect([2001, -2001, 9000].map(holds)).to.deep.equal([true, true, true]);
    expect([holds(10), holds(0)]).to.deep.equal([false, false]);
    expect(said).to.deep.equal([
      "marketing waits, because this process's clock differs from the database's clock. Set it by NTP; marketing then continues by itself",
      "marketing continues: this process's clock agrees with the database's clock again",
    ]);
  });

  describe('a process that finds its wrong clock only by its first slots', () => {
    const people = testPeople('137');
    let store: Store;
    before(async () => {
      ({ store } = await openTestStore());
    });
    after(() => closeTestStore(store));

    for (const [which, off] of [
      ['ahead', HOUR_MS],
      ['behind', -HOUR_MS],
    ] as const) {
      it(`records the hand-over of a prompt no later than the database's now and no sooner than its issue: ${which}`, async () => {
        const holder = await addSubscriber(store, people);
        const issuedAt = new Date(Date.now() - 10_000);
        const earlier = questionOf({ id: 'p_earlier', issuedAt: new Date(0), handedOverAt: new Date(1) });
        const asked = questionOf({ id: 'p_asked', issuedAt });
        const contact = { _id: holder.id };
        await store.contacts.updateOne(contact, { $set: { prompts: [earlier, asked] } });
        const row = plannedFor(holder, { lane: '0-answers', class: 'prompt', prompt: asked.id });
        await store.deliveries.insertOne(row);
        const now = (): Date => new Date(Date.now() + off);
        const takes: Transport = async (cleared) =>
          cleared.map((clearedMessage) => taken(clearedMessage, now()));
        const queue = createSenderQueue(
          dispatchDeps(store, people, { now, carrier: carrierOf(takes) }),
          () => SENDERS.shop,
        );
        const before = new Date();
        const turn = await queue.turn();
        if (turn.kind === 'sending') await turn.done;
        const { rev, prompts } = (await store.contacts.findOne(contact)) as ContactDoc;
        const handedOverAt = prompts[1]?.handedOverAt as Date;
        expect(prompts).to.deep.equal([earlier, { ...asked, handedOverAt }]);
        expect(rev).to.equal(2);
        if (off < 0) expect(handedOverAt).to.deep.equal(issuedAt);
        else expect(handedOverAt).to.be.within(before, new Date());
      });
    }

    for (const [which, off, channel] of [
      ['half a day ahead, one from a sheet', 12 * HOUR_MS, 'PAPER_FORM'],
      ['half a day behind, one from a sheet', -12 * HOUR_MS, 'PAPER_FORM'],
      ['eleven minutes ahead, one from a form just sent in', 11 * 60_000, 'WEB_FORM'],
    ] as const) {
      it(`sends no prompt to people who did not text until its clock is right, and lets none expire: ${which}`, async () => {
        const holder = await addSubscriber(store, people);
        const asked = questionOf({ id: 'p_asked', issuedAt: new Date(), channel });
        const texted = questionOf({ id: 'p_texted', issuedAt: new Date(), channel: 'VIA_TEXT' });
        await store.contacts.updateOne({ _id: holder.id }, { $set: { prompts: [asked, texted] } });
        const question = { lane: '0-answers', class: 'prompt' } as const;
        const validUntil = new Date(Date.now() + HOUR_MS);
        const row = plannedFor(holder, { ...question, prompt: asked.id, validUntil });
        const answers = { sid: 'SM1', receivedAt: new Date() };
        const own = plannedFor(holder, { ...question, prompt: texted.id, own: true, answers });
        await store.deliveries.insertMany([row, own]);
        let error: number = off;
        const now = (): Date => new Date(Date.now() + error);
        const monotonic = (): number => performance.now();
        const clock = createDatabaseClock({ wall: now, monotonic, log: newLog().log });
        const backlog = createCarrierBacklog({ store, monotonic });
        const pace = createRateLimiter({ store, monotonic, clock, backlog });
        const deps = dispatchDeps(store, people, { now, pace, clockError: errorOf(now, clock) });
        const queue = createSenderQueue(deps, () => ({ ...SENDERS.shop, rate: 1000 }));
        const rowOf = (_id: string) => store.deliveries.findOne({ _id });
        // On a busy machine a row may miss its slot and be put back.
        const goes = (what: string, id: string) =>
          until(what, async () => {
            const turn = await queue.turn();
            if (turn.kind === 'sending') await turn.done;
            return (await rowOf(id))?.state === 'accepted';
          });
        await goes('the prompt that answers a text is accepted', own._id);
        const held = await rowOf(row._id);
        expect(held?.state).to.equal('planned');
        expect(held?.dueAt.getTime()).to.be.closeTo(Date.now(), 10_000);
        error = 0;
        await store.deliveries.updateOne({ _id: row._id }, { $set: { dueAt: new Date() } });
        await goes('the prompt for an opt-in by API is accepted', row._id);
      });
    }

    it('sends no offer of that batch, and all replies', async () => {
      const holder = await addSubscriber(store, people);
      const answers = { sid: 'SM1', receivedAt: new Date() };
      const offer = plannedFor(holder);
      const answer = plannedFor(holder, { lane: '0-answers', class: 'help', answers });
      await store.deliveries.insertMany([offer, answer]);
      const { said, log } = newLog();
      const monotonic = (): number => performance.now();
      const now = (): Date => new Date(Date.now() - HOUR_MS);
      const clock = createDatabaseClock({ wall: now, monotonic, log: newLog().log });
      const backlog = createCarrierBacklog({ store, monotonic });
      const pace = createRateLimiter({ store, monotonic, clock, backlog });
      const hold = holdMarketingWhileClockOff({ wall: now, log }, clock);
      const closed = () => ({ has: (lane: string) => lane.startsWith('2-') && hold.holds() });
      const deps = dispatchDeps(store, people, { now, pace, closed });
      const queue = createSenderQueue(deps, () => ({ ...SENDERS.shop, rate: 1000 }));
      expect(closed().has('2-single'), 'nothing is known yet').to.equal(false);
      const turn = await queue.turn();
      if (turn.kind === 'sending') await turn.done;
      const state = async (_id: string) => (await store.deliveries.findOne({ _id }))?.state;
      expect([await state(offer._id), await state(answer._id)]).to.deep.equal(['planned', 'accepted']);
      expect((await queue.turn()).kind).to.equal('idle');
      expect(said).to.have.length(1);
    });
  });
});
