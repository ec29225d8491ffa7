import { expect } from 'chai';
import { emptyConsentState } from '../../../../src/domain/consent/consent-state.ts';
import { expireHold } from '../../../../src/domain/consent/holds.ts';
import {
  generationOf,
  isStanding,
  liftSuppression,
  raiseSuppression,
  standsForAll,
} from '../../../../src/domain/consent/suppression.ts';
import { SOME_ORIGIN } from '../../../support/origins.ts';
import { converse, DAY, SECOND, START, stateOf } from '../conversation.ts';

const OLD = 'older than the last opt-out';

describe('act from before the last opt-out, processed after it', () => {
  for (const body of ['JOIN', 'START', 'YES', 'NEWS', 'RESUME', '1990-05-23']) {
    it(`records "${body}" and does nothing`, () => {
      const talk = converse();
      for (const text of ['JOIN', 'YES', 'STOP']) talk.text(text);
      const before = stateOf(talk.person);
      const { events, replies, person } = talk.text(body, undefined, { at: START });
      expect(events.map(({ kind, reason }) => [kind, reason])).to.deep.equal([['ineffective', OLD]]);
      expect(replies).to.deep.equal([]);
      expect(stateOf(person)).to.deep.equal(before);
    });
  }

  it('counts where it is an opt-out: STOP always does', () => {
    const talk = converse();
    for (const text of ['JOIN', 'YES']) talk.text(text);
    talk.wait(1000);
    talk.text('STOP DEALS');
    talk.text('STOP', undefined, { at: START });
    expect(stateOf(talk.person)).to.deep.include('deals unsubscribed');
  });

  for (const stop of ['STOP 2', 'STOP NEWS', 'OFF 2']) {
    for (const order of ['in turn', 'the other way round']) {
      it(`leaves the topic off after a code and then ${stop}, processed ${order}`, () => {
        const talk = converse();
        for (const text of ['JOIN', 'YES']) talk.text(text);
        const [first, then] = [talk.now, new Date(talk.now.getTime() + 1)];
        talk.wait(SECOND);
        const texts = [
          () => talk.text('2', undefined, { at: first }),
          () => talk.text(stop, undefined, { at: then }),
        ];
        for (const text of order === 'in turn' ? texts : texts.toReversed()) text();
        expect(stateOf(talk.person)).to.include('deals subscribed deals');
      });
    }
  }

  it('does nothing at the very moment of an opt-out', () => {
    const talk = converse();
    const at = talk.now;
    talk.text('STOP', undefined, { at });
    expect(talk.text('JOIN', undefined, { at }).events[0]?.reason).to.equal(OLD);
  });

  it('withdraws a newer consent where it is STOP, since a late STOP counts as the newest word', () => {
    const talk = converse();
    const early = talk.now;
    talk.wait(1000);
    for (const text of ['JOIN', 'YES']) talk.text(text);
    talk.text('STOP', undefined, { at: early });
    expect(stateOf(talk.person)).to.deep.equal(['all opt-out 1', 'deals unsubscribed']);
  });

  it('still answers HELP', () => {
    const talk = converse();
    talk.text('STOP');
    expect(talk.text('HELP', undefined, { at: START }).said.map(({ class: of }) => of)).to.deep.equal([
      'help',
    ]);
  });
});

describe('older word about a pause, processed after a newer word', () => {
  const rows: [late: string, newer: string, kept: number | null][] = [
    ['RESUME', 'PAUSE 90', 90],
    ['PAUSE 7', 'PAUSE 90', 90],
    ['PAUSE 90', 'RESUME', null],
  ];
  for (const [late, newer, days] of rows) {
    it(`records ${late} and changes nothing after ${newer}`, () => {
      const talk = converse();
      for (const text of ['JOIN', 'YES', 'PAUSE 30']) talk.text(text);
      const [at, since] = [talk.now, talk.now.getTime() + SECOND];
      talk.wait(SECOND);
      talk.text(newer);
      talk.wait(SECOND);
      const { events, replies, person } = talk.text(late, undefined, { at });
      const reason = 'older than the last word about a pause';
      expect(events.map((event) => [event.kind, event.reason])).to.deep.equal([['ineffective', reason]]);
      expect(replies).to.deep.equal([]);
      expect(person.pausedUntil?.getTime()).to.equal(days === null ? undefined : since + days * DAY);
    });
  }
});

describe('YES and PAUSE processed out of order', () => {
  const begun = () => {
    const talk = converse();
    for (const text of ['ORDERS', 'YES', 'PAUSE 30', 'JOIN']) talk.text(text);
    const at = talk.now;
    talk.wait(SECOND);
    return { talk, at };
  };

  it('keep a PAUSE that is newer than the YES', () => {
    const { talk, at } = begun();
    const since = talk.now.getTime();
    talk.text('PAUSE 90');
    talk.wait(SECOND);
    expect(talk.text('YES', undefined, { at }).person.pausedUntil?.getTime()).to.equal(since + 90 * DAY);
  });

  it('do not pause again by a PAUSE that is older than the YES', () => {
    const { talk, at } = begun();
    expect(talk.text('YES').person.pausedUntil).to.equal(null);
    talk.wait(SECOND);
    expect(talk.text('PAUSE 7', undefined, { at }).person.pausedUntil).to.equal(null);
  });
});

describe('suppression', () => {
  const at = START;
  const rows = raiseSuppression([], { scope: 'all', kind: 'opt-out', at, origin: SOME_ORIGIN });

  it('rises by one generation and keeps its lifts', () => {
    const lifted = liftSuppression(rows, { scope: 'all', kind: 'opt-out', program: 'deals', generation: 1 });
    expect(
      lifted.map((row) => [isStanding(row, 'deals'), isStanding(row, 'orders'), standsForAll(row)]),
    ).to.deep.equal([[false, true, false]]);
    const again = raiseSuppression(lifted, { scope: 'all', kind: 'opt-out', at, origin: SOME_ORIGIN });
    expect(
      again.map((row) => [row.generation, row.lifts, isStanding(row, 'deals'), standsForAll(row)]),
    ).to.deep.equal([[2, { deals: 1 }, true, true]]);
  });

  it('never loses a lift, and ignores a lift of another row', () => {
    const up = liftSuppression(rows, { scope: 'all', kind: 'opt-out', program: 'deals', generation: 1 });
    expect(
      liftSuppression(up, { scope: 'all', kind: 'opt-out', program: 'deals', generation: 0 }),
    ).to.deep.equal(up);
    expect(
      liftSuppression(up, { scope: 'all', kind: 'hold', program: 'deals', generation: 9 }),
    ).to.deep.equal(up);
  });

  it('has generation 0 before it was raised', () => {
    expect(generationOf(rows, 'program:deals', 'opt-out')).to.equal(0);
    expect(expireHold(emptyConsentState(), START)).to.equal(null);
  });
});
