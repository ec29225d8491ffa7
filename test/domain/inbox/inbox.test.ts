import { expect } from 'chai';
import {
  answerTimes,
  entersInbox,
  faultInSavedAnswer,
  fillSavedAnswer,
  isUnanswered,
  type OpenItem,
  urgencyOf,
} from '../../../src/domain/inbox.ts';
import { findAlarm, type WordAlarm } from '../../../src/domain/words/alarms.ts';

const NONE: WordAlarm | null = null;
const [HARM, LEGAL, ABUSE] = ['suicide', 'lawyer', 'spam'].map(findAlarm);
const open = (alarm: WordAlarm | null | undefined): OpenItem => ({
  text: 'SM1',
  urgency: urgencyOf(alarm ?? null),
});

describe('inbox', () => {
  const cases: [
    what: string,
    unanswered: boolean,
    alarm: WordAlarm | null | undefined,
    item: OpenItem | null,
    at: number | null,
  ][] = [
    ['a text no rule knew', true, NONE, null, 3],
    ['no text that a rule answered', false, NONE, null, null],
    ['an alarm that a rule answered', false, LEGAL, null, 1],
    ['harm before law', true, HARM, null, 0],
    ['abuse behind law', true, ABUSE, null, 2],
    ['one item a person: a second text joins the first', true, NONE, open(NONE), null],
    ['an alarm over an item that could wait', true, ABUSE, open(NONE), 2],
    ['something more urgent yet', true, HARM, open(LEGAL), 0],
    ['no second alarm that is as urgent', true, LEGAL, open(LEGAL), null],
    ['nothing that is less urgent', true, NONE, open(HARM), null],
  ];
  for (const [what, unanswered, alarm, item, at] of cases) {
    it(`takes in ${what}`, () =>
      expect(entersInbox({ unanswered, alarm: alarm ?? null }, item)).to.equal(at));
  }
});

describe('unanswered text', () => {
  it('is unknown or empty, but no tapped reaction', () => {
    expect(isUnanswered({ kind: 'unknown', rule: 'unknown' })).to.equal(true);
    expect(isUnanswered({ kind: 'empty', rule: 'empty' })).to.equal(true);
    expect(isUnanswered({ kind: 'help', rule: 'help:help' })).to.equal(false);
    expect(isUnanswered({ kind: 'unknown', rule: 'reaction' })).to.equal(false);
  });
});

describe('answer times', () => {
  const at = (day: number, seconds = 0) => new Date(Date.UTC(2026, 4, day, 12, 0, seconds));
  const item = (program: string | null, day: number, took: number) => ({
    program,
    receivedAt: at(day),
    answeredAt: at(day, took),
  });

  it('are the median and p90 of the waiting time, by program and week', () => {
    const took = [10, 20, 30, 40, 50, 60, 70, 80, 90, 1000];
    // 18 May 2026 is a Monday, 17 May a Sunday.
    const items = [
      ...took.map((seconds) => item('deals', 20, seconds)),
      item('orders', 18, 7),
      item(null, 17, 5),
    ];
    expect(answerTimes(items)).to.deep.equal([
      { program: 'deals', week: '2026-05-18', answered: 10, median: 50, p90: 90 },
      { program: 'orders', week: '2026-05-18', answered: 1, median: 7, p90: 7 },
      { program: null, week: '2026-05-11', answered: 1, median: 5, p90: 5 },
    ]);
  });

  it('are empty without answers, and never negative', () => {
    expect(answerTimes([])).to.deep.equal([]);
    expect(answerTimes([item('deals', 20, -5)])[0]?.median).to.equal(0);
  });
});

describe('the words of a saved answer', () => {
  const KNOWN = { first_name: 'Ana', brand: 'Fernway', program: 'Fernway Deals' };
  const filled: [text: string, values: Record<string, string>, words: string | null][] = [
    ['We open at 9.', KNOWN, 'We open at 9.'],
    ['{brand}: hi {first_name|there}.', KNOWN, 'Fernway: hi Ana.'],
    ['{brand}: hi {first_name|there}.', { ...KNOWN, first_name: '' }, 'Fernway: hi there.'],
    ['{program} it is', KNOWN, 'Fernway Deals it is'],
    ['{brand}: hi', {}, null],
    ['Hi {first_name|x}', { first_name: '{brand}', brand: 'Fernway' }, 'Hi {brand}'],
    ['{{7*7}}', KNOWN, '{7*7}'],
    ['Hi {first_name}', KNOWN, null],
  ];
  for (const [text, values, words] of filled)
    it(`fills ${JSON.stringify(text)} with ${JSON.stringify(values)} as ${JSON.stringify(words)}`, () => {
      expect(fillSavedAnswer(text, values)).to.equal(words);
    });

  const faults: [text: string, fault: RegExp | null][] = [
    ['Fernway: we open at 9.', null],
    ['{brand} {program} {first_name|there}', null],
    ['{brand|us}', null],
    ['Hi {first_name}', /write \{first_name\|there\}/],
    ['Hi {city|you}', /There is no field "city" here\./],
    ['{link:https://fernway.example}', /sells nothing/],
    ['{coupon:spring}', /sells nothing/],
    ['Hi {', /single "\{"/],
    ['Hi {First Name|x}', /small letters/],
  ];
  for (const [text, fault] of faults)
    it(`${fault === null ? 'accepts' : 'refuses'} ${JSON.stringify(text)}`, () => {
      const found = faultInSavedAnswer(text);
      if (fault === null) expect(found).to.equal(null);
      else expect(found).to.match(fault);
    });
});
