import { expect } from 'chai';
import { type FoundByCount, reconcile } from '../../scripts/crash/race/counts/reconcile.ts';
import type { RaceEvidence } from '../../scripts/crash/race/evidence/evidence.ts';
import {
  asked,
  entry,
  handOver,
  healthy,
  held,
  lose,
  rejoined,
  reply,
  row,
  stamp,
  text,
} from './race-evidence.ts';

const changed = (it: RaceEvidence, change: (it: RaceEvidence) => unknown): RaceEvidence => {
  change(it);
  return it;
};
const person = (it: RaceEvidence) => it.people[0] as RaceEvidence['people'][number];
const sent = (it: RaceEvidence, delivery: string) =>
  it.handOvers.find((handOver) => handOver.delivery === delivery) as RaceEvidence['handOvers'][number];
const leaves = (it: RaceEvidence, delivery: string, at: number): void => {
  const { at: began, wall } = handOver('', at);
  Object.assign(sent(it, delivery), { at: began, wall });
  const stamped = it.begun.find((attempt) => attempt.delivery === delivery);
  if (stamped !== undefined) Object.assign(stamped, stamp(delivery, at));
};

/** The STOP, which comes at 70, is heard of by the carrier's list alone: no webhook of it was answered. It is confirmed at 90. */
const listed = (): RaceEvidence =>
  changed(healthy(), (it) => {
    const stop = it.texts.find((text) => text.sid === 'stop');
    Object.assign(stop as object, { answeredAt: null, door: 'list' });
  });

const spooled = (it: RaceEvidence): void => {
  Object.assign(it.texts.find((text) => text.sid === 'stop') as object, { spooled: true });
};

/** Nobody was told of the STOP, and an offer goes long after it was recorded. */
const untold = (at: number): RaceEvidence =>
  changed(listed(), (it) => {
    it.handOvers.splice(it.handOvers.indexOf(sent(it, 'd-stop')), 1);
    lose(it, 'd-stop');
    leaves(it, 'offer-2', at);
  });

/** After STOP comes a code, and with it, by the chain, what it stands for. */
const codeAfterStop = (): RaceEvidence =>
  changed(healthy(), (it) => {
    it.texts.push(text('code', '2', 100, 110));
    person(it).entries.push(entry(5, 'topic-on', 'code', 100));
  });

/** The person turned the topic off, and on again by its code. */
const topicOffAndOn = (): RaceEvidence =>
  changed(codeAfterStop(), (it) => {
    Object.assign(it.texts.find((text) => text.sid === 'stop') as object, { body: 'STOP DEALS' });
    const scope = 'topic:deals/deals';
    Object.assign(person(it).entries[3] as object, {
      ...{ kind: 'topic-off', program: 'deals', topics: ['deals'], scope },
    });
    person(it).standing = [];
    it.rows.push(row('offer-4'));
    it.handOvers.push(handOver('offer-4', 120));
  });

const OLD = 60_000;

const CASES: [title: string, evidence: RaceEvidence, found: Partial<Record<keyof FoundByCount, number>>][] = [
  ['nothing where the list told of the STOP, and it was confirmed', listed(), {}],
  [
    'an offer after the confirmation of a STOP that the list told of',
    changed(listed(), (it) => leaves(it, 'offer-2', 95)),
    { afterStop: 1 },
  ],
  [
    'an offer after the confirmation of a STOP that lay in the spool',
    changed(healthy(), (it) => {
      spooled(it);
      leaves(it, 'offer-2', 95);
    }),
    { afterStop: 1 },
  ],
  [
    'nothing in an offer between the silence, which promises nothing, and that confirmation',
    changed(healthy(), (it) => {
      spooled(it);
      leaves(it, 'd-stop', 130);
      leaves(it, 'offer-2', 95);
    }),
    {},
  ],
  ['nothing in an offer soon after a STOP that nobody was told of yet', untold(5000), {}],
  ['an offer long after such a STOP was recorded', untold(OLD), { withoutConsent: 1 }],
  [
    'nothing in an offer that its process had checked in time, however late the carrier met it',
    changed(untold(OLD), (it) => Object.assign(it.begun[1] as object, stamp('offer-2', 75))),
    {},
  ],
  [
    'an offer long after a hold',
    changed(held(), (it) => leaves(it, 'offer-2', OLD)),
    { afterStop: 1, withoutConsent: 1 },
  ],
  ['nothing long after a new confirmation', changed(rejoined(), (it) => leaves(it, 'offer-4', OLD)), {}],
  [
    'a STOP of everything that a code lifted',
    changed(codeAfterStop(), (it) => {
      person(it).standing = [];
    }),
    { notHonoured: 1 },
  ],
  [
    'an offer after a STOP of everything and a code',
    changed(codeAfterStop(), (it) => {
      it.rows.push(row('offer-4'));
      it.handOvers.push(handOver('offer-4', OLD));
    }),
    { afterStop: 1, withoutConsent: 1 },
  ],
  ['nothing where the code follows a STOP of its own topic', topicOffAndOn(), {}],
  ['an offer between the two', changed(topicOffAndOn(), (it) => leaves(it, 'offer-2', 95)), { afterStop: 1 }],
  [
    'nothing in a YES to a question that was put after the STOP',
    changed(rejoined(), (it) => Object.assign(person(it).entries[6] as object, { answers: 6 })),
    {},
  ],
  [
    'a YES to a question from before an opt-out by the API',
    changed(healthy(), (it) => {
      it.asked.push(asked('act-1', 26));
      person(it).entries.splice(2, 1, entry(3, 'withdrawn', 'act-1', 25), {
        ...entry(4, 'confirmed', 'yes', 30),
        answers: 2,
      });
      Object.assign(person(it).entries[4] as object, { seq: 5 });
      it.rows.push(reply('d-late', 'yes'));
    }),
    { oldYes: 1, misstated: 1 },
  ],
];

describe('reconciliation of consent', () => {
  for (const [title, evidence, expected] of CASES) {
    it(`finds ${title}`, () => {
      const { found } = reconcile(evidence);
      const wrong = Object.entries(found).filter(([, list]) => list.length > 0);
      expect(Object.fromEntries(wrong.map(([name, list]) => [name, list.length]))).to.deep.equal(expected);
    });
  }
});
