import { expect } from 'chai';
import {
  type ConsentState,
  isSubscribed,
  type OtherNumber,
} from '../../../../src/domain/consent/consent-state.ts';
import { topicsOn } from '../../../../src/domain/consent/program-text.ts';
import { statusSentence } from '../../../../src/domain/consent/status-sentence.ts';
import type { Scope, Suppression } from '../../../../src/domain/consent/suppression.ts';
import { findSender, wordsIn } from '../../../../src/domain/program.ts';
import { requestOf } from '../../../../src/domain/sending/message-plan.ts';
import { mayReceive } from '../../../../src/domain/sending/send-rules.ts';
import { BY_STOP } from '../../../support/origins.ts';
import { claimsOf, INTERNAL, type Truth, untrueOf } from '../claims.ts';
import { BOOK, type Conversation, converse, DAY, SHOP } from '../conversation.ts';

const PROGRAMS = BOOK.programs.filter(({ numbers }) => numbers.includes(SHOP));

/** What may be so of a person at once. Each value is made by texts, as far as texts make it. */
const DIMENSIONS = {
  topics: ['both on', 'one on', 'none on'],
  orders: ['not in', 'pending', 'in'],
  age: ['fresh', 'lapsed'],
  pause: ['no', 'paused'],
  hold: ['no', 'held'],
  stop: ['no', 'opted out'],
  other: ['none', 'stopped', 'held', 'paused'],
  number: ['fine', 'blocked', 'dead'],
} as const;
type State = { [Name in keyof typeof DIMENSIONS]: (typeof DIMENSIONS)[Name][number] };

function product(): State[] {
  let states: Partial<State>[] = [{}];
  for (const [name, values] of Object.entries(DIMENSIONS)) {
    states = states.flatMap((state) => values.map((value) => ({ ...state, [name]: value })));
  }
  return states as State[];
}

/** Texts that ask something, and texts whose answers say what comes from then on. */
const TEXTS = [
  ...['WHY', 'MENU', 'HELP'],
  ...['JOIN', 'ORDERS', 'YES', '1', '2', 'STOP NEWS', 'STOP DEALS', 'PAUSE 30', 'RESUME'],
];

/** The acts of the person, in an order in which each still has its effect. */
function lived({ topics, orders, age, pause, hold, stop }: State): Conversation {
  const talk = converse();
  for (const body of ['JOIN', 'YES', 'NEWS']) talk.text(body);
  if (orders === 'in') for (const body of ['ORDERS', 'YES']) talk.text(body);
  if (age === 'lapsed') talk.wait(560 * DAY);
  if (topics !== 'both on') talk.text('STOP NEWS');
  if (topics === 'none on') talk.text('STOP DEALS');
  if (pause === 'paused') talk.text('PAUSE 30');
  if (stop === 'opted out') talk.text('STOP');
  if (orders === 'pending') talk.text('ORDERS');
  if (hold === 'held') talk.text('I get too many texts');
  return talk;
}

const row = (kind: Suppression['kind'], scope: Scope, since: Date): Suppression => ({
  ...{ scope, kind, generation: 1, since, lifts: {}, until: null, origin: BY_STOP },
});

function otherNumber({ other }: State, now: Date): OtherNumber[] {
  const suppressions = other === 'stopped' ? [row('opt-out', 'all', now)] : [];
  if (other === 'held') suppressions.push(row('hold', 'all', now));
  const pausedUntil = other === 'paused' ? new Date(now.getTime() + 9 * DAY) : null;
  return other === 'none' ? [] : [{ suppressions, pausedUntil }];
}

/** The person of a state, with what their other number, the carrier and the network add. */
function personOf(state: State, { person, now }: Conversation): ConsentState {
  const found = otherNumber(state, now);
  const { number } = state;
  const added = {
    fine: [],
    blocked: [row('carrier', `sender:${SHOP}`, now)],
    dead: [row('hygiene', 'all', now)],
  }[number];
  const suppressions = [...person.suppressions, ...added];
  return { ...person, suppressions, ...(found.length === 0 ? {} : { others: found }) };
}

/** Asks the send rules themselves about each topic. */
function truthOf(person: ConsentState, now: Date): Truth {
  const mine = PROGRAMS.filter(({ id }) => isSubscribed(person, id));
  const comes = PROGRAMS.flatMap((program) =>
    program.topics.filter((topic) => {
      const from = findSender(BOOK, SHOP);
      if (from === null) throw new Error('the shop has no sender');
      return mayReceive(requestOf(program, topic, from), person, program, now).allowed;
    }),
  );
  const names = (topics: typeof comes): Set<string> => new Set(topics.map(({ name }) => wordsIn(name, 'en')));
  return { chosen: names(mine.flatMap((program) => topicsOn(person, program))), coming: names(comes) };
}

/** What WHY and MENU leave unsaid about a topic that is on. */
function unsaid(text: string, said: string, { chosen, coming }: Truth): string[] {
  if (said !== 'WHY' && said !== 'MENU') return [];
  const { comes, doesNot } = claimsOf(text, PROGRAMS);
  const told = (names: string[], topic: string): boolean => {
    const program = PROGRAMS.find(({ topics }) => topics.some(({ name }) => wordsIn(name, 'en') === topic));
    return names.includes(topic) || names.includes('*') || names.includes(program?.name ?? '');
  };
  return [...chosen]
    .filter((topic) => !told(coming.has(topic) ? comes : doesNot, topic))
    .map((topic) => `does not say whether ${topic} comes`);
}

type Case = { state: State; talk: Conversation };

/** Each state, as a conversation that stands in it. Neighbours share the acts that led there. */
function* eachState(states: readonly State[]): Generator<Case> {
  let talk = converse();
  let known = '';
  let base = talk.person;
  for (const state of states) {
    const { other: _, number: __, ...own } = state;
    if (JSON.stringify(own) !== known) {
      talk = lived(state);
      base = talk.person;
      known = JSON.stringify(own);
    }
    talk.learn(() => ({ person: base, events: [] }));
    talk.learn(() => ({ person: personOf(state, talk), events: [] }));
    yield { state, talk };
  }
}

/** Texts whose answer speaks of all programs, whichever program it carries the name of. */
const ABOUT_ALL = ['STOP NEWS', 'STOP DEALS', 'RESUME'];

/** What the answer to one text says that is not so, and what it leaves unsaid. */
function faultsOf(text: string, talk: Conversation): string[] {
  const { said } = talk.text(text);
  const truth = truthOf(talk.person, talk.now);
  const faults = said.flatMap((reply) => {
    const isAll = reply.program === null || ABOUT_ALL.includes(text);
    const scope = PROGRAMS.filter(({ id }) => isAll || id === reply.program);
    return untrueOf(claimsOf(reply.text, PROGRAMS), truth, PROGRAMS, scope);
  });
  const answered = said.map((reply) => reply.text).join('\n');
  const all = said.length === 0 ? [] : [...faults, ...unsaid(answered, text, truth)];
  return all.map((fault) => `"${answered}" ${fault}`);
}

describe('all that a person and support are told', () => {
  const states = product();

  for (const text of TEXTS) {
    it(`is so in the answer to ${text}, in each of ${states.length} states of a person`, function () {
      this.timeout(300_000);
      const wrong: string[] = [];
      for (const { state, talk } of eachState(states)) {
        wrong.push(...faultsOf(text, talk).map((fault) => `${JSON.stringify(state)}: ${fault}`));
      }
      expect(wrong.slice(0, 5), `${wrong.length} answers are not so`).to.deep.equal([]);
    });
  }

  it(`is so in the status sentence, in each of ${states.length} states of a person`, function () {
    this.timeout(300_000);
    const wrong: string[] = [];
    for (const { state, talk } of eachState(states)) {
      const sentence = statusSentence(talk.person, BOOK, talk.now);
      const { coming } = truthOf(talk.person, talk.now);
      const saysNone = /^(?:Gets no texts now|Must not be texted|Not yet|In no program)/.test(sentence);
      const saysSome = sentence.startsWith('Subscribed to ');
      if (saysNone !== (coming.size === 0) || saysSome !== coming.size > 0 || INTERNAL.test(sentence)) {
        wrong.push(`${JSON.stringify(state)}: ${sentence}`);
      }
    }
    expect(wrong.slice(0, 5), `${wrong.length} sentences are not so`).to.deep.equal([]);
  });
});
