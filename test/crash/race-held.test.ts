import { expect } from 'chai';
import { type FoundByCount, reconcile } from '../../scripts/crash/race/counts/reconcile.ts';
import type { RaceEvidence } from '../../scripts/crash/race/evidence/evidence.ts';
import {
  answeredByHand,
  entry,
  handOver,
  healthy,
  held,
  replied,
  reply,
  row,
  text,
} from './race-evidence.ts';

/** The STOP, or the words that hold, come at 70 and are answered at 90. */
const offerAt = (it: RaceEvidence, at: number): RaceEvidence => {
  Object.assign(it.handOvers.find((handOver) => handOver.delivery === 'offer-2') as object, {
    at: handOver('', at).at,
  });
  return it;
};
const changed = (it: RaceEvidence, change: (it: RaceEvidence) => unknown): RaceEvidence => {
  change(it);
  return it;
};
const person = (it: RaceEvidence) => it.people[0] as RaceEvidence['people'][number];

/** A question, planned to be asked after the notice of a hold; `own`: the person's own JOIN asked for it. */
const asking = (own: boolean): RaceEvidence =>
  changed(held(), (it) => {
    it.rows.push(row('d-ask', { class: 'prompt', topic: null, own }));
    it.handOvers.push(handOver('d-ask', 95));
  });

/** Words that may be an opt-out, after an opt-out, change nothing; then the person joins anew. */
const heldInVain = (): RaceEvidence =>
  changed(healthy(), (it) => {
    it.texts.push(text('vain', 'who gave you my number', 100, 105), replied('yes-2', 'YES', 120, 130));
    person(it).entries.push(entry(5, 'confirmed', 'yes-2', 120));
    Object.assign(person(it), { standing: [{ scope: 'all', programs: ['orders', 'stylist'] }] });
    it.rows.push(reply('d-yes-2', 'yes-2'), row('offer-4'));
    it.handOvers.push(handOver('d-yes-2', 130), handOver('offer-4', 140));
  });

const CASES: [title: string, evidence: RaceEvidence, found: Partial<Record<keyof FoundByCount, number>>][] = [
  ['nothing where staff answered before the STOP was', answeredByHand(healthy(), 60, 80), {}],
  [
    'an answer of staff that begins after the answer to it',
    answeredByHand(healthy(), 60, 91),
    { afterStop: 1 },
  ],
  ['nothing where the text came after the answer to it', answeredByHand(healthy(), 95, 120), {}],
  ['nothing where the text reached us after the STOP did', answeredByHand(healthy(), 71, 95), {}],
  [
    'an answer of staff to a text that reached us with the STOP',
    answeredByHand(healthy(), 70, 95),
    { afterStop: 1 },
  ],
  [
    'an answer of staff to the STOP itself',
    changed(healthy(), (it) => {
      it.rows.push(reply('d-by-hand', 'stop', 'staff-answer'));
      it.handOvers.push(handOver('d-by-hand', 95));
    }),
    { afterStop: 1 },
  ],
  [
    'an answer of ours to unknown words of somebody who is out',
    answeredByHand(healthy(), 95, 120, 'unknown-answer'),
    { afterStop: 1 },
  ],
  [
    'an answer of staff that the database says left, and that the carrier never met',
    changed(answeredByHand(healthy(), 60, 80), (it) => it.handOvers.pop()),
    { misstated: 1 },
  ],
  [
    'nothing where a text that only asks, and is in no ledger, reached us after the STOP did',
    answeredByHand(healthy(), 71, 95, 'joining-help'),
    {},
  ],
  [
    'an answer to such a text that reached us with the STOP',
    answeredByHand(healthy(), 70, 95, 'joining-help'),
    { afterStop: 1 },
  ],
  ['nothing where everything was held in time', held(), {}],
  ['an offer that begins after the notice of a hold', offerAt(held(), 91), { afterStop: 1 }],
  ['nothing in an answer of staff while held', answeredByHand(held(), 60, 95), {}],
  [
    'an answer of ours to unknown words while held',
    answeredByHand(held(), 60, 95, 'unknown-answer'),
    { afterStop: 1 },
  ],
  [
    'nothing in such an answer that a Canadian code requires',
    answeredByHand(held(), 60, 95, 'required-answer'),
    {},
  ],
  ['nothing in a question that their own JOIN asked for', asking(true), {}],
  ['a question from another door while held', asking(false), { afterStop: 1 }],
  [
    'a hold that stands for one program less',
    changed(held(), (it) => person(it).held.pop()),
    { notHonoured: 1 },
  ],
  [
    'a hold that left no entry where nothing stood',
    changed(held(), (it) => person(it).entries.pop()),
    { notHonoured: 1 },
  ],
  [
    'a hold that left no entry where a STOP came long after it',
    changed(held(), (it) => {
      person(it).entries.pop();
      it.texts.push(replied('stop-2', 'STOP', 20_000, 20_010));
      it.rows.push(reply('d-stop-2', 'stop-2', 'opt-out-confirmation'));
      it.handOvers.push(handOver('d-stop-2', 20_020));
      person(it).entries.push(entry(4, 'withdrawn', 'stop-2', 20_000));
      Object.assign(person(it), { standing: [{ scope: 'all', programs: ['deals', 'orders', 'stylist'] }] });
    }),
    { notHonoured: 1 },
  ],
  ['nothing where the person was out already, and joined anew later', heldInVain(), {}],
];

describe('reconciliation of staff answers and holds', () => {
  for (const [title, evidence, expected] of CASES) {
    it(`finds ${title}`, () => {
      const { found } = reconcile(evidence);
      const wrong = Object.entries(found).filter(([, list]) => list.length > 0);
      expect(Object.fromEntries(wrong.map(([name, list]) => [name, list.length]))).to.deep.equal(expected);
    });
  }

  it('counts them apart from opt-outs, so that a run without them is seen', () => {
    expect(reconcile(held()).activity).to.include({ stops: 0, holds: 1, staffAnswers: 0, staffSends: 0 });
    expect(reconcile(answeredByHand(healthy(), 60, 80)).activity).to.include({
      stops: 1,
      holds: 0,
      staffAnswers: 1,
      staffSends: 1,
    });
  });
});
