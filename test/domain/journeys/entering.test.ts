import { expect } from 'chai';
import type { Reentry, Trigger } from '../../../src/domain/journeys/journey.ts';
import {
  begunByConsent,
  begunByEvent,
  type ConsentTriggerEntry,
  entryOf,
  firstEntry,
  type LastRun,
} from '../../../src/domain/journeys/triggers.ts';
import { later, message, NOW, SINCE, standing, step } from './builders.ts';

const DAY = 1440;
const news: Trigger = { kind: 'consent', topics: ['news'] };

describe('entry into a journey', () => {
  const last = (days: number, open = false): LastRun => ({ nth: 3, triggeredAt: later(-days * DAY), open });
  const again: Reentry = { kind: 'again', days: 30 };
  const table: [what: string, reentry: Reentry, last: LastRun | null, nth: number | null][] = [
    ['the first time', { kind: 'once' }, null, 1],
    ['once, and it was', { kind: 'once' }, last(900), null],
    ['again, after long enough', again, last(30), 4],
    ['again, too soon', again, last(29.9), null],
    ['again, while they are in it', again, last(300, true), null],
    ['the same trigger again', again, last(0), null],
    ['an older trigger than the last', again, last(-10), null],
  ];
  for (const [what, reentry, before, nth] of table) {
    it(`is ${nth === null ? 'refused' : `run ${nth}`}: ${what}`, () => {
      const entry = entryOf(
        { at: NOW },
        { trigger: news, reentry, steps: [step('a', { message })] },
        before,
        'deals',
        standing(),
      );
      expect(entry).to.deep.equal(nth === null ? null : { nth, since: SINCE });
    });
  }

  const several: [what: string, last: LastRun | null, days: number[], begins: number | null][] = [
    ['of one', null, [0], 0],
    ['of several the earliest', null, [2, 0, 1], 0],
    ['the earliest that is not too early', last(30 - 1), [2, 1, 0.9, 0], 1],
    ['none, where all are too early', last(0), [3, 2], null],
    ['of none', null, [], null],
  ];
  for (const [what, before, days, begins] of several) {
    it(`chooses among several triggers ${what}`, () => {
      const plan = { trigger: news, reentry: again, steps: [step('a', { message })] };
      const told = days.map((day) => ({ at: later(day * DAY) }));
      const found = firstEntry(told, plan, before, 'deals', standing());
      expect(found?.at ?? null).to.deep.equal(begins === null ? null : later(begins * DAY));
    });
  }

  const anew: [what: string, actedAt: Date | undefined, begins: boolean][] = [
    ['the yes that it began by', SINCE, true],
    ['a yes to what stood already', NOW, false],
    ['a yes from before it ended and began anew', later(-100 * DAY), false],
    ['what is no yes', undefined, false],
  ];
  for (const [what, actedAt, begins] of anew) {
    it(`${begins ? 'accepts' : 'refuses'} as a consent to the program ${what}`, () => {
      const any: Trigger = { kind: 'consent', topics: null };
      const plan = { trigger: any, reentry: again, steps: [step('a', { message })] };
      const told = { at: NOW, ...(actedAt === undefined ? {} : { actedAt }) };
      expect(entryOf(told, plan, null, 'deals', standing())?.nth ?? null).to.equal(begins ? 1 : null);
    });
  }

  it('needs the current consent for a keyword, but not for a topic', () => {
    const by = (trigger: Trigger) => ({ trigger, reentry: again, steps: [step('a', { message })] });
    const word: Trigger = { kind: 'keyword', words: ['JOIN'], means: [{ word: 'JOIN', topic: null }] };
    const before = new Date(SINCE.getTime() - 1);
    expect(entryOf({ at: SINCE }, by(word), null, 'deals', standing())?.nth).to.equal(1);
    expect(entryOf({ at: before }, by(word), null, 'deals', standing())).to.equal(null);
    expect(entryOf({ at: before }, by(news), null, 'deals', standing())?.nth).to.equal(1);
  });

  it('is refused without a consent, and where the journey would end at once', () => {
    const plan = {
      trigger: news,
      reentry: { kind: 'once' as const },
      steps: [step('a', { message: { ...message, topic: 'news' } })],
    };
    expect(entryOf({ at: NOW }, plan, null, 'deals', standing())).to.equal(null);
    expect(entryOf({ at: NOW }, plan, null, 'orders', standing())).to.equal(null);
    expect(entryOf({ at: NOW }, plan, null, 'deals', standing({ person: null }))).to.equal(null);
  });
});

describe('trigger of a journey', () => {
  const yes: ConsentTriggerEntry = {
    ...{ kind: 'confirmed', program: 'deals', topics: ['deals'], channel: 'VIA_TEXT', recordedAt: NOW },
    ...{ reason: null, disclosure: { touchpoint: 'sms-prompt.en', version: 1 } },
  };
  const renewal = { disclosure: { touchpoint: 'sms-renewal.en', version: 1 } };
  const any: Trigger = { kind: 'consent', topics: null };
  const table: [what: string, trigger: Trigger, entry: Partial<ConsentTriggerEntry>, begins: boolean][] = [
    ['a confirmed consent', any, {}, true],
    ['one to another program', any, { program: 'orders' }, false],
    ['one that came by import', any, { channel: 'IMPORT' }, false],
    ['a question', any, { kind: 'prompted' }, false],
    ['a topic turned on, where any consent does', any, { kind: 'topic-on', topics: ['news'] }, false],
    ['a topic turned on', news, { kind: 'topic-on', topics: ['news'] }, true],
    ['a consent to it', news, { topics: ['deals', 'news'] }, true],
    ['a consent to another topic', news, {}, false],
    ['a renewal, which names what is on', news, { topics: ['deals', 'news'], ...renewal }, false],
    ['a topic turned off', news, { kind: 'topic-off', topics: ['news'] }, false],
    ['of another kind', { kind: 'event', event: 'confirmed' }, {}, false],
  ];
  for (const [what, trigger, entry, begins] of table) {
    it(`${begins ? 'is' : 'is not'} ${what}`, () =>
      expect(begunByConsent(trigger, 'deals', { ...yes, ...entry })).to.equal(begins));
  }

  it('is a recent event since the start of the journey that is no refund', () => {
    const heard = (minutes: number, at: number, amount: number | null = null) =>
      begunByEvent({ at: later(at), receivedAt: later(minutes), amount }, NOW);
    expect(heard(5, 5)).to.equal(true);
    expect(heard(5, -1)).to.equal(false);
    expect(heard(7 * DAY, 0)).to.equal(true);
    expect(heard(7 * DAY + 1, 0)).to.equal(false);
    expect([0, 12.5, -12.5].map((amount) => heard(5, 5, amount))).to.deep.equal([true, true, false]);
  });
});
