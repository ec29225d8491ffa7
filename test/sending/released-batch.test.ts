import { expect } from 'chai';
import type { ClearedBatch } from '../../src/sending/claim-batch.ts';
import { CLAIM_LEASE_MS, type HandOver, type Transport } from '../../src/sending/gate.ts';
import type { PacedSender, RateLimiter } from '../../src/sending/rate-limiter.ts';
import { sendBatch } from '../../src/sending/send-batch.ts';
import { TOLD_LATE_MS } from '../../src/store/deliveries/queue.ts';
import type { Store } from '../../src/store/store.ts';
import { bareRow } from '../receipts/rows.ts';
import { testPeople } from '../support/people.ts';
import { unpaced, wanting } from '../support/unpaced.ts';
import { cleared } from './carrier/scripted-server.ts';
import { carrierOf, dispatchDeps, taken } from './dispatch-deps.ts';

const people = testPeople('137');
/** Nothing here is stored. */
const NOWHERE = {} as Store;
const SHOP: PacedSender = { number: '28555', rate: 1000, receipts: true };

describe('a batch that is released', () => {
  it('puts back messages without a free connection when the carrier names a time long after their claims', async () => {
    const recorded: HandOver[] = [];
    let waited = 0;
    const transport: Transport = async ([message]) => {
      waited = 1500;
      return message === undefined ? [] : [{ ...message.ref, result: 'unknown', why: 'no answer in time' }];
    };
    const deps = dispatchDeps(NOWHERE, people, {
      carrier: carrierOf(transport, () => (waited === 0 ? 20 : 0)),
      outcomeRecorder: { record: async (outcomes: readonly HandOver[]) => void recorded.push(...outcomes) },
      monotonic: () => waited,
    });
    const ready: ClearedBatch = [1, 2, 3].map(() => ({ row: bareRow(), cleared: cleared() }));
    const grant = await unpaced.take(SHOP, wanting(3));
    if (grant === null) throw new Error('no slots');
    await sendBatch(deps, SHOP, ready, grant);
    const results = recorded.map(({ result }) => result).sort();
    expect(results).to.deep.equal(['put-back', 'put-back', 'unknown']);
  });

  /** Lets one message go whose call writes only when its slots have passed, so many times. */
  const untimely = async (times: number) => {
    const recorded: HandOver[] = [];
    let [asked, now] = [0, 0];
    const transport: Transport = async (ones, mayWrite) => {
      now += 600;
      if (mayWrite()) return ones.map((clearedMessage) => taken(clearedMessage));
      return ones.map(({ ref }) => ({ ...ref, result: 'put-back', why: 'its slots had passed' }));
    };
    const late: RateLimiter = {
      take: async (sender, wanted) => {
        const grant = await unpaced.take(sender, wanted);
        asked += 1;
        const passed = asked <= times;
        let turns = 1;
        return grant && { ...grant, turn: () => (turns-- > 0 ? 0 : null), written: () => !passed };
      },
      retryAfter: () => 1,
    };
    const deps = dispatchDeps(NOWHERE, people, {
      carrier: carrierOf(transport),
      outcomeRecorder: { record: async (outcomes: readonly HandOver[]) => void recorded.push(...outcomes) },
      monotonic: () => now,
      pace: late,
    });
    const grant = await late.take(SHOP, wanting(1));
    if (grant === null) throw new Error('no slots');
    const handed = await sendBatch(deps, SHOP, [{ row: bareRow(), cleared: cleared() }], grant);
    return { asked, handed, recorded: recorded.map(({ result }) => result) };
  };

  it('takes new slots for a message whose call wrote nothing before its slots had passed', async () => {
    expect(await untimely(1)).to.deep.equal({ asked: 2, handed: 1, recorded: ['accepted'] });
  });

  it('puts the message back once no ready message waits for slots any longer', async () => {
    expect(await untimely(9)).to.deep.equal({ asked: 2, handed: 0, recorded: ['put-back'] });
  });

  it('delays no ready message while slots cannot be given back, as during a loss of the database', async () => {
    let tell = (): void => undefined;
    const lost = new Promise<void>((done) => {
      tell = done;
    });
    const transport: Transport = async (ones) => {
      tell();
      return ones.map(({ ref }) => ({ ...ref, result: 'put-back', why: 'it is busy' }));
    };
    const outcomeRecorder = { record: async () => undefined };
    const deps = dispatchDeps(NOWHERE, people, { carrier: carrierOf(transport), outcomeRecorder });
    const grant = await unpaced.take(SHOP, wanting(2));
    if (grant === null) throw new Error('no slots');
    const ready = [{ row: bareRow(), cleared: cleared() }];
    const count = await sendBatch(deps, SHOP, ready, { ...grant, giveBack: () => lost });
    expect(count).to.equal(0);
  });

  /**
   * Hands over one message that the carrier turns away. Recording that fails so many times, and with `over` a try
   * ends so late.
   */
  const turnedAway = async (failing: number, over = 0) => {
    const works: Promise<void>[] = [];
    const told: string[] = [];
    let [tries, now] = [0, 0];
    const record = async (): Promise<void> => {
      tries += 1;
      if (tries > 1) now = over;
      if (tries <= failing) throw new Error('no primary');
    };
    const transport: Transport = async (ones) =>
      ones.map(({ ref }) => ({ ...ref, result: 'put-back', why: 'it is busy' }));
    const deps = dispatchDeps(NOWHERE, people, {
      carrier: carrierOf(transport),
      beside: {
        add: (work: Promise<void>, lost: string) => works.push(work.catch(() => void told.push(lost))),
        stopping: new AbortController().signal,
        pauseMs: { first: 1, most: 1 },
      },
      outcomeRecorder: { record },
      monotonic: () => now,
      onError: (_: unknown, line: string) => told.push(line),
    });
    const row = bareRow();
    const grant = await unpaced.take(SHOP, wanting(1));
    if (grant === null) throw new Error('no slots');
    const ready = [{ row, cleared: cleared({ delivery: row._id, leaseMs: CLAIM_LEASE_MS }) }];
    const count = await sendBatch(deps, SHOP, ready, grant);
    const before = tries;
    await Promise.all(works);
    return { count, before, tries, told };
  };

  it('is recorded in the background as soon as possible when it cannot be recorded at once', async () => {
    expect(await turnedAway(4)).to.deep.equal({ count: 0, before: 1, tries: 5, told: [] });
  });

  it('is logged as lost once nothing that is known about it counts any more', async () => {
    const { tries, told } = await turnedAway(Number.POSITIVE_INFINITY, CLAIM_LEASE_MS + TOLD_LATE_MS);
    expect(tries).to.equal(2);
    expect(told).to.deep.equal([
      'the outcome of a message could not be recorded; it becomes unknown when its lease ends',
    ]);
  });

  it("records the hand-over of a prompt before the message's outcome", async () => {
    const done: string[] = [];
    const transport: Transport = async (ones) => ones.map((clearedMessage) => taken(clearedMessage));
    const contacts = { updateOne: async () => done.push('asked') };
    const deps = dispatchDeps({ contacts } as unknown as Store, people, {
      carrier: carrierOf(transport),
      outcomeRecorder: { record: async () => void done.push('recorded') },
      monotonic: () => 0,
    });
    const row = bareRow({ class: 'prompt', prompt: 'a question' });
    const grant = await unpaced.take(SHOP, wanting(1));
    if (grant === null) throw new Error('no slots');
    await sendBatch(deps, SHOP, [{ row, cleared: cleared({ delivery: row._id }) }], grant);
    expect(done).to.deep.equal(['asked', 'recorded']);
  });
});
