import { expect } from 'chai';
import type { RecordedText, WebKillEvidence } from '../../scripts/crash/web-kills/evidence.ts';
import { reconcile, unanswered, type Violations } from '../../scripts/crash/web-kills/reconcile.ts';

const total = (violations: Violations): number =>
  Object.values(violations).reduce((sum, violation) => sum + violation, 0);

const HANDSET = '+15550000001';

const text = (sid: string, body: string, begunAt: bigint, answeredAt: bigint | null) => ({
  handset: HANDSET,
  sid,
  body,
  begunAt,
  answeredAt,
});

const delivery = (id: string, answers: string, kind: string, state = 'accepted') => ({
  id,
  answers,
  class: kind,
  state,
  open: false,
});

const recorded = (sid: string, fields: Partial<RecordedText> = {}): RecordedText => ({
  ...{ sid, answers: [`d-${sid}`], door: 'webhook', receivedAt: 0, recordedAt: 0 },
  ...fields,
});

/** One person joins, agrees, ends it, and asks for help: nothing is wrong with it. */
function healthy(): WebKillEvidence {
  return {
    texts: [
      text('join', 'JOIN', 10n, 20n),
      text('yes', 'YES', 30n, 40n),
      text('stop', 'STOP', 50n, 60n),
      text('help', 'HELP', 70n, 80n),
    ],
    outbound: [
      { handset: HANDSET, delivery: 'd-join', at: 20n },
      { handset: HANDSET, delivery: 'd-yes', at: 40n },
      { handset: HANDSET, delivery: 'd-stop', at: 60n },
      { handset: HANDSET, delivery: 'd-help', at: 80n },
    ],
    inbound: ['join', 'yes', 'stop', 'help'].map((sid) => recorded(sid)),
    deliveries: [
      delivery('d-join', 'join', 'prompt'),
      delivery('d-yes', 'yes', 'reply'),
      delivery('d-stop', 'stop', 'opt-out-confirmation'),
      delivery('d-help', 'help', 'help'),
    ],
    holders: [
      {
        handset: HANDSET,
        suppressed: true,
        subscribed: [],
        confirmed: [{ program: 'deals', seq: 4 }],
        acts: [
          { sid: 'join', recordedAt: 1, seq: 1 },
          { sid: 'join', recordedAt: 1, seq: 2 },
          { sid: 'yes', recordedAt: 2, seq: 4 },
          { sid: 'stop', recordedAt: 3, seq: 5 },
        ],
      },
    ],
    chainFaults: 0,
    strayEntries: 0,
  };
}

type Plant = (evidence: WebKillEvidence) => void;

const holder = (evidence: WebKillEvidence) => evidence.holders[0] as WebKillEvidence['holders'][number];

const PLANTED: [title: string, count: keyof Violations, plant: Plant][] = [
  ['a text that was never recorded', 'textsLost', (it) => it.inbound.splice(1, 1)],
  [
    'one answer that was handed over twice',
    'textsAnsweredTwice',
    (it) => it.outbound.push({ handset: HANDSET, delivery: 'd-yes', at: 41n }),
  ],
  [
    'a second answer to one text',
    'textsAnsweredTwice',
    (it) => {
      it.deliveries.push(delivery('d-more', 'join', 'prompt'));
      it.outbound.push({ handset: HANDSET, delivery: 'd-more', at: 25n });
    },
  ],
  ['a broken chain', 'chainsBroken', (it) => Object.assign(it, { chainFaults: 1 })],
  ['an entry of nobody', 'chainsBroken', (it) => Object.assign(it, { strayEntries: 1 })],
  ['a STOP that left no mark', 'stopsNotHonoured', (it) => Object.assign(holder(it), { suppressed: false })],
  ['a STOP of somebody the database has never seen', 'stopsNotHonoured', (it) => it.holders.splice(0)],
  [
    'an older answer that leaves after the STOP was answered',
    'messagesAfterStop',
    (it) => Object.assign(it.outbound[1] as object, { at: 61n }),
  ],
  [
    'a subscription whose confirmation is not in the ledger',
    'subscribedWithoutConfirmation',
    (it) => holder(it).subscribed.push({ program: 'deals', seq: 5 }),
  ],
  [
    'a subscription that rests on another program',
    'subscribedWithoutConfirmation',
    (it) => holder(it).subscribed.push({ program: 'orders', seq: 4 }),
  ],
  [
    'a delivery that nobody finishes',
    'deliveriesLeftOpen',
    (it) => it.deliveries.push({ ...delivery('d-open', 'yes', 'reply', 'unknown'), open: true }),
  ],
  [
    'a text that two transactions acted on',
    'effectsDoubled',
    (it) => holder(it).acts.push({ sid: 'yes', recordedAt: 3, seq: 6 }),
  ],
  [
    'a message that answers nothing',
    'messagesFromNowhere',
    (it) => it.outbound.push({ handset: '+15550000002', delivery: null, at: 5n }),
  ],
  [
    'a text for HELP to which nothing was planned',
    'repliesUnplanned',
    (it) => {
      it.texts.push(text('more', 'HELP', 90n, 95n));
      it.inbound.push(recorded('more', { answers: [] }));
    },
  ],
  [
    'a STOP to which nothing was planned',
    'repliesUnplanned',
    (it) => {
      it.deliveries.splice(2, 1);
      it.outbound.splice(2, 1);
    },
  ],
  [
    'an answer that counts as accepted and never came',
    'silenceWithoutReason',
    (it) => it.outbound.splice(0, 1),
  ],
];

describe('reconciliation of the web-kills scenario', () => {
  it('finds nothing in healthy evidence', () => {
    expect(total(reconcile(healthy()))).to.equal(0);
  });

  for (const [title, count, plant] of PLANTED) {
    it(`finds ${title}, by that count only`, () => {
      const evidence = healthy();
      plant(evidence);
      expect(reconcile(evidence)).to.deep.equal({ ...reconcile(healthy()), [count]: 1 });
    });
  }

  /** The reply to the text of this name ended so, and no handset got it. */
  function unsaid(sid: string, state: string, record: Partial<RecordedText> = {}): number {
    const evidence = healthy();
    evidence.outbound = evidence.outbound.filter((message) => message.delivery !== `d-${sid}`);
    Object.assign(evidence.deliveries.find((delivery) => delivery.id === `d-${sid}`) as object, { state });
    Object.assign(evidence.inbound.find((text) => text.sid === sid) as object, record);
    expect(unanswered(evidence).map((delivery) => delivery.id)).to.deep.equal([`d-${sid}`]);
    return reconcile(evidence).silenceWithoutReason;
  }

  it('explains a reply that a STOP kept back, except HELP and a confirmation', () => {
    for (const state of ['skipped', 'canceled']) {
      expect(['join', 'yes', 'help', 'stop'].map((sid) => unsaid(sid, state))).to.deep.equal([0, 0, 1, 1]);
    }
  });

  it('does not explain a reply that failed or is unknown, since the dispatcher was left alone', () => {
    for (const state of ['unknown', 'failed']) expect(unsaid('join', state)).to.equal(1);
  });

  it('explains an expired confirmation only when its text was found too late', () => {
    expect(unsaid('stop', 'expired')).to.equal(1);
    expect(unsaid('stop', 'expired', { door: 'list', recordedAt: 200_000 })).to.equal(1);
    expect(unsaid('stop', 'expired', { door: 'list', recordedAt: 280_000 })).to.equal(0);
  });

  /** A STOP, and beside it a text that is answered after it. */
  function beside(body: string, kind: string, seqs: { stop: number; other: number }): WebKillEvidence {
    const evidence = healthy();
    evidence.texts.push(text('other', body, 55n, 65n));
    evidence.inbound.push(recorded('other'));
    evidence.deliveries.push(delivery('d-other', 'other', kind));
    evidence.outbound.push({ handset: HANDSET, delivery: 'd-other', at: 65n });
    const { acts } = holder(evidence);
    acts.push({ sid: 'other', recordedAt: 4, seq: seqs.other });
    for (const act of acts) if (act.sid === 'stop') act.seq = seqs.stop;
    if (body === 'JOIN') Object.assign(holder(evidence), { suppressed: false });
    return evidence;
  }

  it('allows the question of a JOIN beside the STOP when the ledger has it after the STOP', () => {
    expect(total(reconcile(beside('JOIN', 'prompt', { stop: 5, other: 6 })))).to.equal(0);
    const before = reconcile(beside('JOIN', 'prompt', { stop: 6, other: 5 }));
    expect(before.messagesAfterStop).to.equal(1);
  });

  it('forbids the question of a JOIN that was posted and answered before the STOP', () => {
    const evidence = beside('JOIN', 'prompt', { stop: 5, other: 6 });
    Object.assign(evidence.texts.at(-1) as object, { begunAt: 44n, answeredAt: 46n });
    expect(reconcile(evidence).messagesAfterStop).to.equal(1);
  });

  it('allows one of two STOPs to be confirmed after the answer to the other, not both', () => {
    const evidence = beside('STOP', 'opt-out-confirmation', { stop: 6, other: 5 });
    evidence.outbound.splice(2, 1);
    evidence.deliveries.splice(2, 1);
    expect(total(reconcile(evidence))).to.equal(0);
    const both = reconcile(beside('STOP', 'opt-out-confirmation', { stop: 6, other: 5 }));
    expect(both.messagesAfterStop).to.equal(1);
  });

  it("allows a STOP of the carrier's list to be confirmed after a later one, not both", () => {
    const listed = (): WebKillEvidence => {
      const evidence = healthy();
      evidence.texts.push(text('first', 'STOP', 44n, 46n));
      evidence.inbound.push(recorded('first', { door: 'list' }));
      evidence.deliveries.push(delivery('d-first', 'first', 'opt-out-confirmation'));
      evidence.outbound.push({ handset: HANDSET, delivery: 'd-first', at: 65n });
      return evidence;
    };
    const evidence = listed();
    evidence.outbound.splice(2, 1);
    evidence.deliveries.splice(2, 1);
    expect(total(reconcile(evidence))).to.equal(0);
    expect(reconcile(listed()).messagesAfterStop).to.equal(1);
  });

  it('expects no suppression of a person who texted JOIN after the STOP', () => {
    const evidence = healthy();
    evidence.texts.push(text('again', 'JOIN', 90n, 95n));
    evidence.inbound.push(recorded('again', { answers: [], door: 'list' }));
    Object.assign(holder(evidence), { suppressed: false });
    expect(total(reconcile(evidence))).to.equal(0);
  });

  it('allows answers that a spooled STOP could not stop', () => {
    const evidence = healthy();
    Object.assign(evidence.outbound[1] as object, { at: 61n });
    Object.assign(evidence.inbound[2] as object, { door: 'spool' });
    expect(total(reconcile(evidence))).to.equal(0);
  });
});
