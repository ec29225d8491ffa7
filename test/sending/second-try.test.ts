import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import type { DispatchDeps } from '../../src/sending/claim-batch.ts';
import { createSenderQueue } from '../../src/sending/dispatcher.ts';
import type { Transport } from '../../src/sending/gate.ts';
import { createOutcomeRecorder } from '../../src/sending/outcome-recorder.ts';
import type { InboundDoc } from '../../src/store/consent/inbound-texts.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import type { Store } from '../../src/store/store.ts';
import { newSid, rowOf } from '../receipts/rows.ts';
import { addSubscriber, plannedFor, testPeople } from '../support/people.ts';
import { closeTestStore, emptyTestStore, openTestStore } from '../support/test-store.ts';
import { carrierOf, dispatchDeps, taken } from './dispatch-deps.ts';

const people = testPeople('138');
/** The carrier's code for a person whom it blocks. */
const BLOCKED = '21610';

/** A text that was read as this. */
const textOf = (_id: string, kind: string): InboundDoc => ({
  ...{ _id, contact: 'c_one', rev: 1, to: SENDERS.shop.number, door: 'webhook' },
  ...{ receivedAt: new Date(), recordedAt: new Date(), reading: { kind, rule: '', rules: '' } },
  ...{ sealed: null, unreadable: null, answers: [] },
});

describe('a reply that the carrier refuses because it blocks the person', () => {
  let store: Store;
  let clock = new Date();
  /** The carrier's answer to each call, of which the last repeats. Null accepts the message. */
  let answers: (string | null)[] = [];
  let calls = 0;
  let refused: string[] = [];
  before(async () => {
    ({ store } = await openTestStore());
  });
  beforeEach(async () => {
    await emptyTestStore(store);
    [clock, calls, refused] = [new Date(), 0, []];
  });
  after(() => closeTestStore(store));

  const transport: Transport = async (cleared) =>
    cleared.map((clearedMessage) => {
      const code = answers[Math.min(calls, answers.length - 1)] ?? null;
      calls += 1;
      return code === null
        ? taken(clearedMessage, clock)
        : { ...clearedMessage.ref, result: 'refused', code };
    });
  /** Empties the queue as a worker would so many seconds from now. */
  const serve = async (seconds = 0): Promise<void> => {
    clock = new Date(clock.getTime() + seconds * 1000);
    const onRefused: DispatchDeps['onRefused'] = async (row, code, record) => {
      refused.push(`${row._id} ${code}`);
      await record();
    };
    const now = (): Date => clock;
    const over = {
      now,
      carrier: carrierOf(transport),
      outcomeRecorder: createOutcomeRecorder(store, now),
      onRefused,
    };
    const queue = createSenderQueue(dispatchDeps(store, people, over), () => ({
      ...SENDERS.shop,
      rate: 1000,
    }));
    for (let turn = await queue.turn(); turn.kind === 'sending'; turn = await queue.turn()) await turn.done;
  };
  /** A reply to a text that was read as this. */
  const replyTo = async (kind: string, over: Partial<DeliveryDoc> = {}): Promise<DeliveryDoc> => {
    const sid = newSid();
    await store.inbound.insertOne(textOf(sid, kind));
    const reply = { class: 'help', lane: '0-answers', topic: null, own: true } as const;
    const row = plannedFor(await addSubscriber(store, people), {
      ...{ ...reply, answers: { sid, receivedAt: clock }, createdAt: clock, dueAt: clock },
      ...over,
    });
    await store.deliveries.insertOne(row);
    return row;
  };

  for (const kind of ['start', 'join']) {
    it(`is tried once more after five seconds when it answers a text that lifts the block: ${kind}`, async () => {
      answers = [BLOCKED, null];
      const row = await replyTo(kind);
      await serve();
      const waiting = await rowOf(store, row);
      expect(waiting).to.include({ state: 'planned', open: true, triedAgain: true });
      expect(waiting.dueAt.getTime()).to.equal(clock.getTime() + 5000);
      await serve(4.9);
      expect(calls, 'before its time').to.equal(1);
      await serve(0.1);
      expect(await rowOf(store, row)).to.include({ state: 'accepted', epoch: 2 });
      expect(refused, 'no opt-out of the carrier was taken up').to.deep.equal([]);
    });
  }

  it("is recorded as refused, with the carrier's opt-out, when the second try is refused too", async () => {
    answers = [BLOCKED];
    const row = await replyTo('start');
    await serve();
    await serve(5);
    expect(refused).to.deep.equal([`${row._id} ${BLOCKED}`]);
    expect(await rowOf(store, row)).to.include({ state: 'failed', error: BLOCKED, epoch: 2 });
    await serve(60);
    expect(calls).to.equal(2);
  });

  for (const [what, kind, code, over] of [
    ['it answers another word', 'help', BLOCKED, {}],
    ['the carrier names another reason', 'start', '21211', {}],
    [
      'it answers no text',
      'start',
      BLOCKED,
      { answers: null, class: 'marketing', lane: '2-single', topic: 'deals' },
    ],
  ] as [string, string, string, Partial<DeliveryDoc>][]) {
    it(`is recorded at once when ${what}`, async () => {
      answers = [code];
      const row = await replyTo(kind, over);
      await serve();
      expect(refused).to.deep.equal([`${row._id} ${code}`]);
      expect(await rowOf(store, row)).to.include({ state: 'failed', error: code, epoch: 1 });
    });
  }
});
