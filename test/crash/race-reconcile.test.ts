import { expect } from 'chai';
import { COUNTS, type Count, reconcile as compare } from '../../scripts/crash/race/counts/reconcile.ts';
import type { RaceEvidence } from '../../scripts/crash/race/evidence/evidence.ts';
import { ANSWERS_PLANTED } from './race-answers-planted.ts';
import {
  asked,
  change,
  end,
  entry,
  handOver,
  healthy,
  rejoined,
  replied,
  reply,
  row,
  SENDER,
  stamp,
  text,
} from './race-evidence.ts';

type Plant = (evidence: RaceEvidence) => unknown;

const person = (it: RaceEvidence) => it.people[0] as RaceEvidence['people'][number];
const of = <T extends { delivery: string | null }>(list: T[], delivery: string): T =>
  list.find((item) => item.delivery === delivery) as T;
const rowOf = (it: RaceEvidence, id: string) =>
  it.rows.find((row) => row.id === id) as RaceEvidence['rows'][number];
const textOf = (it: RaceEvidence, sid: string) =>
  it.texts.find((text) => text.sid === sid) as RaceEvidence['texts'][number];
const aged = (it: RaceEvidence, sid: string, ms: number) =>
  Object.assign(textOf(it, sid), { receivedAt: -ms });
const late = (it: RaceEvidence, delivery: string, at: number): void => {
  Object.assign(of(it.handOvers, delivery), { at: handOver('', at).at });
};

const PLANTED: [title: string, count: Count, plant: Plant][] = [
  ['an offer that begins after the answer to the STOP', 'afterStop', (it) => late(it, 'offer-2', 91)],
  ['an older answer that leaves after it', 'afterStop', (it) => late(it, 'd-yes', 91)],
  [
    'an offer that begins after the second of two STOPs, which was answered first',
    'afterStop',
    (it) => {
      it.texts.push(text('stop-2', 'STOP', 71, 74));
      person(it).entries.push({ ...(person(it).entries[3] as object), seq: 5, cause: 'stop-2' } as never);
    },
  ],
  [
    'an offer that begins after the API answered an opt-out',
    'afterStop',
    (it) => {
      it.asked.push(asked('act-1', 74));
      person(it).entries.push({ ...(person(it).entries[3] as object), seq: 5, cause: 'act-1' } as never);
    },
  ],
  [
    'an answer to a text that came before the STOP, though to a JOIN',
    'afterStop',
    (it) => late(it, 'd-join', 91),
  ],
  ['one row handed over twice', 'doubled', (it) => it.handOvers.push(handOver('offer-1', 55, { epoch: 2 }))],
  [
    'a row that is open when all is quiet',
    'unfinished',
    (it) => Object.assign(rowOf(it, 'offer-3'), { open: true, state: 'planned' }),
  ],
  ['a row that is gone', 'unfinished', (it) => it.planned.push('offer-9')],
  [
    'an offer to a person who has not confirmed',
    'withoutConsent',
    (it) => {
      Object.assign(person(it).entries[2] as object, { kind: 'affirmed' });
      it.handOvers.splice(it.handOvers.indexOf(of(it.handOvers, 'offer-2')), 1);
      Object.assign(rowOf(it, 'offer-2'), { state: 'canceled' });
    },
  ],
  [
    'an offer from before the confirmation',
    'withoutConsent',
    (it) => Object.assign(of(it.handOvers, 'offer-1'), { wall: 29 }),
  ],
  [
    'an offer about another topic than the confirmed',
    'withoutConsent',
    (it) => Object.assign(rowOf(it, 'offer-1'), { topic: 'news' }),
  ],
  [
    'a second in which a sender lets go too much',
    'overLimit',
    (it) => Object.assign(it.rates, { [SENDER]: 1 }) && it.begun.push(stamp('offer-3', 999)),
  ],
  [
    'a STOP that is in no ledger',
    'notHonoured',
    (it) => Object.assign(person(it).entries[3] as object, { cause: 'other' }),
  ],
  ['a STOP that stands for one program less', 'notHonoured', (it) => person(it).standing[0]?.programs.pop()],
  [
    'a STOP of somebody who is not there',
    'notHonoured',
    (it) => it.texts.push({ ...text('stop-9', 'STOP', 1, 2), number: '+15550000009' }),
  ],
  [
    'an opt-out that the API answered and nobody recorded',
    'notHonoured',
    (it) => it.asked.push(asked('act-1', 300)),
  ],
  [
    "a message to another number than the row's contact",
    'astray',
    (it) => Object.assign(rowOf(it, 'd-help'), { number: '+15550000002' }),
  ],
  [
    'a message of which the database says that it was cancelled',
    'misstated',
    (it) => Object.assign(rowOf(it, 'offer-1'), { state: 'canceled' }),
  ],
  [
    'a message that nobody got and that counts as accepted',
    'misstated',
    (it) => it.rows.push(row('offer-4')),
  ],
  [
    'an unknown outcome although nothing died',
    'unknownForNothing',
    (it) => it.rows.push(row('offer-4', { state: 'unknown' })),
  ],
  ['a message of no row', 'fromNowhere', (it) => it.handOvers.push(handOver('offer-8', 60))],
  [
    'a subscription without its confirmation',
    'unproven',
    (it) => person(it).subscriptions.push({ program: 'orders', subscribed: true, topics: [], seq: 3 }),
  ],
  [
    'a query that walked the deliveries',
    'scans',
    (it) => it.scans.push('query by state: 9000 documents, COLLSCAN'),
  ],
  [
    'a text that nobody recorded',
    'unheard',
    (it) => Object.assign(textOf(it, 'help'), { door: null, spooled: true }),
  ],
  [
    'a refusal of the carrier that only a STOP explains, of a person who is not suppressed',
    'blockedKept',
    (it) => it.blocked.push({ number: '+15550000009', code: 21610, wall: 75 }),
  ],
  [
    'a text that was taken twice',
    'effectsDoubled',
    (it) => person(it).entries.splice(1, 1, entry(2, 'prompted', 'join', 15)),
  ],
  [
    'a YES to a question from before the STOP',
    'oldYes',
    (it) => person(it).entries.push({ ...entry(5, 'confirmed', 'yes-2', 140), answers: 2 }),
  ],
  ['a confirmation six minutes late', 'staleConfirmed', (it) => aged(it, 'stop', 6 * 60_000)],
  [
    'an end that was acknowledged and that the row does not have',
    'endsLost',
    (it) => it.ends.push(end('offer-1', 'delivered')),
  ],
  ['a line that stays in the spool', 'spoolLeft', (it) => it.spoolLeft.push('a.spool line 1')],
  ...ANSWERS_PLANTED,
];

function reconcile(evidence: RaceEvidence) {
  const { found, activity } = compare(evidence);
  const counts = Object.fromEntries(Object.entries(found).map(([name, list]) => [name, list.length]));
  return { counts, activity };
}

const none = Object.fromEntries(Object.keys(COUNTS).map((name) => [name, 0]));

describe('reconciliation of a race', () => {
  it('finds nothing in healthy evidence', () => {
    expect(reconcile(healthy()).counts).to.deep.equal(none);
    expect(reconcile(rejoined()).counts).to.deep.equal(none);
  });

  for (const [title, count, plant] of PLANTED) {
    it(`finds ${title}, by that count only`, () => {
      const evidence = healthy();
      plant(evidence);
      expect(reconcile(evidence).counts).to.deep.equal({ ...none, [count]: 1 });
    });
  }

  it('has a case for each count', () => {
    expect(PLANTED.map(([, count]) => count)).to.include.members(Object.keys(COUNTS));
  });

  it('finds a message between the answer to a STOP and the next confirmation', () => {
    const evidence = rejoined();
    late(evidence, 'offer-2', 135);
    expect(reconcile(evidence).counts).to.deep.equal({ ...none, afterStop: 1 });
  });

  it('accepts a STOP whose entry names its uncertain form, before the person joined again', () => {
    const evidence = rejoined();
    change(person(evidence).entries[3], { cause: 'uncertain.1' });
    expect(reconcile(evidence).counts.notHonoured).to.equal(1);
    change(textOf(evidence, 'stop'), { forms: ['uncertain.1'] });
    expect(reconcile(evidence).counts).to.deep.equal(none);
  });

  it('accepts a JOIN recorded after the STOP although it came before its answer', () => {
    const evidence = rejoined();
    Object.assign(textOf(evidence, 'join-2'), { begunAt: text('', '', 80, null).begunAt });
    expect(reconcile(evidence).counts).to.deep.equal(none);
  });

  it('lets an opt-out of one topic stop no other topic', () => {
    const evidence = healthy();
    Object.assign(textOf(evidence, 'stop'), { body: 'STOP DEALS' });
    person(evidence).standing = [{ scope: 'topic:deals/deals', programs: ['deals'] }];
    late(evidence, 'd-yes', 91);
    expect(reconcile(evidence).counts).to.deep.equal(none);
    late(evidence, 'offer-2', 91);
    expect(reconcile(evidence).counts).to.deep.equal({ ...none, afterStop: 1 });
  });

  it('expects a message for each reply that the database says left', () => {
    const evidence = healthy();
    evidence.rows.push(reply('d-why', 'why'));
    evidence.texts.push(replied('why', 'WHY', 60, 65));
    expect(reconcile(evidence).counts).to.deep.equal({ ...none, misstated: 1 });
    evidence.handOvers.push(handOver('d-why', 65));
    expect(reconcile(evidence).counts).to.deep.equal(none);
  });

  it('expects nothing of a call of the API that nobody answered', () => {
    const evidence = healthy();
    evidence.asked.push(asked('act-1', null));
    expect(reconcile(evidence).counts).to.deep.equal(none);
  });
});
