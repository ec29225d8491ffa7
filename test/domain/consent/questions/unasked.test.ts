import { expect } from 'chai';
import { suppressNumber } from '../../../../src/domain/consent/consent-end.ts';
import type { ConsentState } from '../../../../src/domain/consent/consent-state.ts';
import { toDoInstead } from '../../../../src/domain/consent/status-sentence.ts';
import { raiseSuppression, type Scope } from '../../../../src/domain/consent/suppression.ts';
import type { SuppressionOrigin } from '../../../../src/domain/consent/suppression-origin.ts';
import { findSender, type Handling, type Program, type Sender } from '../../../../src/domain/program.ts';
import { BY_STOP } from '../../../support/origins.ts';
import { BOOK, CELLAR_NUMBER, converse, HOUR, SHOP, START } from '../conversation.ts';
import { CELLAR } from '../programs.ts';

const DEALS = BOOK.programs.find(({ id }) => id === 'deals') as Program;
const NOTHING = 'Nothing is needed.';
const KEYWORD = 'Ask the person to text JOIN to 28555 from their own phone.';
const START_FIRST = 'Ask the person to text START to 28555 from their own phone, and then JOIN.';

const blockedBy =
  (scope: Scope, origin: SuppressionOrigin = { by: 'carrier-keyword' }) =>
  (person: ConsentState): ConsentState => ({
    ...person,
    suppressions: raiseSuppression(person.suppressions, { scope, kind: 'carrier', at: START, origin }),
  });
/** Said by another number of theirs, a moment after whatever this one said. */
const onAnother =
  (kind: 'opt-out' | 'hold') =>
  (person: ConsentState): ConsentState => ({
    ...person,
    others: [
      {
        suppressions: raiseSuppression([], {
          scope: 'all',
          kind,
          at: new Date(START.getTime() + HOUR),
          origin: BY_STOP,
        }),
        pausedUntil: null,
      },
    ],
  });
const frozen = (person: ConsentState): ConsentState =>
  suppressNumber(person, { rule: { name: 'line-no-texts' }, at: START })?.person ?? person;

/** Someone who texted this, then what is known of their number, who handles opt-outs; then what a form is told. */
const ROWS: [
  what: string,
  texts: string[],
  known: (person: ConsentState) => ConsentState,
  handling: Handling,
  says: string,
][] = [
  ['gets everything', ['JOIN', 'YES'], (person) => person, 'own', NOTHING],
  [
    'gets everything by a number whose opt-outs the carrier handles',
    ['JOIN', 'YES'],
    (person) => person,
    'default',
    NOTHING,
  ],
  ['is on hold', ['JOIN', 'YES', '🛑'], (person) => person, 'own', KEYWORD],
  [
    'turned off what the question names',
    ['JOIN', 'YES', 'NEWS', 'STOP DEALS'],
    (person) => person,
    'own',
    KEYWORD,
  ],
  ['left', ['JOIN', 'YES', 'STOP'], (person) => person, 'own', KEYWORD],
  [
    'answers a question of their own',
    ['ORDERS'],
    (person) => person,
    'own',
    'The person has a question of ours to answer. Ask again when they have, or when it is over.',
  ],
  [
    'is blocked by the carrier, which lifts it by START alone',
    ['JOIN', 'YES'],
    blockedBy(`sender:${SHOP}`),
    'default',
    START_FIRST,
  ],
  [
    'is blocked by the carrier, where we handle opt-outs',
    ['JOIN', 'YES'],
    blockedBy(`sender:${SHOP}`),
    'own',
    KEYWORD,
  ],
  [
    'is blocked by their phone or network, which the carrier has on no list',
    ['JOIN', 'YES'],
    blockedBy(`sender:${SHOP}`, { by: 'carrier-error', code: '30004' }),
    'default',
    KEYWORD,
  ],
  [
    'is blocked by the carrier and left',
    ['JOIN', 'YES', 'STOP'],
    blockedBy(`sender:${SHOP}`),
    'network',
    START_FIRST,
  ],
  [
    'is blocked from another number of ours',
    ['JOIN', 'YES'],
    blockedBy('sender:+15550100199'),
    'own',
    NOTHING,
  ],
  [
    'said STOP on another number, which keeps offers back',
    ['JOIN', 'YES'],
    onAnother('opt-out'),
    'own',
    KEYWORD,
  ],
  [
    'is on hold on another number, which no word from this one ends',
    ['JOIN', 'YES'],
    onAnother('hold'),
    'own',
    NOTHING,
  ],
  [
    'has other numbers that could not be read',
    ['JOIN', 'YES'],
    (person) => ({ ...person, others: null }),
    'own',
    KEYWORD,
  ],
  [
    'has a number that takes no texts',
    ['JOIN', 'YES'],
    frozen,
    'own',
    'Ask the person for another number, or to text JOIN to 28555 from this one.',
  ],
];

describe('advice for a form whose question was not sent', () => {
  it('needs nothing when STOP on another number does not apply to orders', () => {
    const talk = converse();
    for (const text of ['ORDERS', 'YES']) talk.text(text);
    talk.learn((person) => ({ person: onAnother('opt-out')(person), events: [] }));
    const refusal = talk.door('orders').refusal ?? null;
    const orders = BOOK.programs.find(({ id }) => id === 'orders') as Program;
    const from = findSender(BOOK, SHOP) as Sender;
    expect(toDoInstead(talk.person, orders, from, refusal, talk.now)).to.equal(NOTHING);
  });

  it('names the day of the next question for a person who failed the age gate', () => {
    const talk = converse();
    for (const text of ['CELLAR', 'YES', '2010-05-23']) talk.text(text, CELLAR_NUMBER);
    const refusal = talk.door('cellar').refusal ?? null;
    const from = findSender(BOOK, CELLAR_NUMBER) as Sender;
    expect(toDoInstead(talk.person, CELLAR, from, refusal, talk.now)).to.contain('asked again 90 days after');
  });

  for (const [what, texts, known, handling, says] of ROWS) {
    it(`fits a person who ${what}`, () => {
      const talk = converse();
      for (const text of texts) talk.text(text);
      talk.learn((person) => ({ person: known(person), events: [] }));
      const refusal = talk.door('deals').refusal ?? null;
      const from = { ...(findSender(BOOK, SHOP) as Sender), handling };
      expect(toDoInstead(talk.person, DEALS, from, refusal, talk.now)).to.equal(says);
    });
  }
});
