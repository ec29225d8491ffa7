import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import { holdWhileOff } from '../../src/sending/clock-hold.ts';
import { createQueue } from '../../src/sending/dispatch.ts';
import { createBacklog } from '../../src/sending/pacing/backlog.ts';
import { createPace } from '../../src/sending/pacing/pace.ts';
import type { Store } from '../../src/store/store.ts';
import { addSubscriber, cast, plannedFor } from '../support/people.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';
import { dispatchDeps } from './dispatch-rig.ts';

const HOUR_MS = 3_600_000;

describe('a process whose clock is not that of the database', () => {
  const newLog = () => {
    const said: string[] = [];
    const say = (_facts: unknown, line: string): void => void said.push(line);
    return { said, log: { info: say, warn: say, error: say } };
  };

  it('begins no offers beyond two seconds, says so once, and looks again until it is right', () => {
    const { said, log } = newLog();
    let [off, own, looks] = [0, 0, 0];
    const clock = {
      offBy: () => off,
      lookAgain: async () => {
        looks += 1;
        throw new Error('the database is away');
      },
    };
    const hold = holdWhileOff({ now: () => new Date(), monotonic: () => own, log }, clock);
    const holds = (ms: number): boolean => {
      off = ms;
      return hold.holds();
    };
    expect([0, 2000, -2000].map(holds)).to.deep.equal([false, false, false]);
    expect([2001, -2001, 9000].map(holds)).to.deep.equal([true, true, true]);
    expect([said.length, looks]).to.deep.equal([1, 1]);
    own = 10_000;
    expect([holds(9000), looks]).to.deep.equal([true, 2]);
    expect([holds(10), holds(0)]).to.deep.equal([false, false]);
    expect(said).to.deep.equal([
      "marketing waits: this process's clock is not the database's. Set it by NTP; marketing then goes on by itself",
      "marketing goes on: this process's clock is the database's again",
    ]);
  });

  describe('and only finds it out by its first slots', () => {
    const people = cast('137');
    let store: Store;
    before(async () => {
      ({ store } = await openTestStore());
    });
    after(() => closeTestStore(store));

    it('lets no offer go of that round, and answers all the same', async () => {
      const holder = await addSubscriber(store, people);
      const answers = { sid: 'SM1', receivedAt: new Date() };
      const offer = plannedFor(holder);
      const answer = plannedFor(holder, { lane: '0-answers', class: 'help', answers });
      await store.deliveries.insertMany([offer, answer]);
      const { said, log } = newLog();
      const monotonic = (): number => performance.now();
      const now = (): Date => new Date(Date.now() - HOUR_MS);
      const pace = createPace({ store, monotonic, backlog: createBacklog({ store, monotonic }) });
      const hold = holdWhileOff({ now, monotonic, log }, pace);
      const closed = () => ({ has: (lane: string) => lane.startsWith('2-') && hold.holds() });
      const deps = dispatchDeps(store, people, { now, pace, closed });
      const queue = createQueue(deps, () => ({ ...SENDERS.shop, rate: 1000 }));
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
