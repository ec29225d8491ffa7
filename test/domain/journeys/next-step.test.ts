import { expect } from 'chai';
import { stepsIn } from '../../../src/domain/journeys/journey.ts';
import {
  decideStep,
  firstPosition,
  type RunFacts,
  type StepDecision,
} from '../../../src/domain/journeys/steps.ts';
import { asks, facts, later, message, NOW, SINCE, step, subscriber } from './builders.ts';

const plan = {
  steps: [
    step('a', { message }),
    step('b', { wait: { hours: 1 }, onlyIf: asks, message }),
    step('c', { wait: { days: 1 }, onlyIf: asks, otherwise: 'end' }),
    step('d', { wait: { minutes: 5 }, message }),
    step('e', { wait: { minutes: 30 } }),
  ],
};
const under = { program: 'deals', since: SINCE };
const turn = (at: string, more: Partial<RunFacts> = {}, dueAt = NOW): string => {
  const said: StepDecision = decideStep({ step: at, dueAt, ...under, done: [] }, plan, facts(more), NOW);
  if (said.do === 'wait') return `wait until +${(said.until.getTime() - NOW.getTime()) / 60_000} min`;
  if (said.do === 'end') return `end: ${said.reason}`;
  const { next } = said;
  const then =
    next === null ? 'nothing' : `${next.step} in ${(next.dueAt.getTime() - NOW.getTime()) / 60_000} min`;
  return `${said.do} ${said.step.id}, then ${then}`;
};

describe('next step of a journey', () => {
  const waiting = (minutes: number) => ({ waiting: { dueAt: later(minutes) } });
  const paused = { person: subscriber({ pausedUntil: later(600) }) };
  const others = [300, 900].map((minutes) => ({ suppressions: [], pausedUntil: later(minutes) }));
  const pausedThere = { person: subscriber({ pausedUntil: later(600), others }) };
  const night = { heldUntil: () => later(420) };
  const table: [what: string, at: string, facts: Partial<RunFacts>, turn: string][] = [
    ['a message', 'a', {}, 'send a, then b in 60 min'],
    ['a message to whom it asks', 'b', {}, 'send b, then c in 1440 min'],
    ['a message to others', 'b', { holds: false }, 'skip b, then c in 1440 min'],
    ['a question that holds', 'c', {}, 'pass c, then d in 5 min'],
    ['a question that ends it', 'c', { holds: false }, 'end: condition'],
    ['a message behind a wait', 'd', {}, 'send d, then e in 30 min'],
    ['the last', 'e', {}, 'pass e, then nothing'],
    ['a step that is gone', 'z', {}, 'end: completed'],
    ['after an opt-out', 'a', { person: null }, 'end: erased'],
    ['in a pause of the person', 'a', paused, 'wait until +600 min'],
    ['in a pause on another number of theirs', 'a', pausedThere, 'wait until +900 min'],
    ['a message at night', 'a', night, 'wait until +420 min'],
    ['a question before a message at night', 'b', { ...night, holds: false }, 'wait until +420 min'],
    ['no message, at night', 'c', night, 'pass c, then d in 5 min'],
    ['a message at night that is written', 'a', { ...night, written: true }, 'send a, then b in 60 min'],
    ['no message, in a pause', 'c', paused, 'pass c, then d in 5 min'],
    ['while the last waits for its hour', 'b', waiting(480), 'wait until +540 min'],
    ['while the last is about to go', 'b', waiting(-1), 'wait until +60 min'],
    ['at once, while the last waits', 'a', waiting(-1), 'wait until +1 min'],
    ['a question, while the last waits for its hour', 'c', waiting(480), 'wait until +1920 min'],
    [
      'a question of whom it is not true, while the last waits',
      'c',
      { ...waiting(480), holds: false },
      'wait until +1920 min',
    ],
    ['a wait alone, while the last waits', 'e', waiting(480), 'wait until +510 min'],
    [
      'a question in a pause, while the last waits',
      'c',
      { ...paused, ...waiting(60) },
      'wait until +1500 min',
    ],
    ['a message that is written', 'b', { written: true, holds: false }, 'send b, then c in 1440 min'],
    [
      'a message written to who left since',
      'b',
      { written: true, person: null },
      'send b, then c in 1440 min',
    ],
  ];
  for (const [what, at, more, expected] of table) {
    it(`is decided for ${what}: ${expected}`, () => expect(turn(at, more)).to.equal(expected));
  }

  it('waits for its time, but an end does not', () => {
    expect(turn('b', {}, later(1))).to.equal('wait until +1 min');
    expect(turn('b', { current: false }, later(1))).to.equal('end: number-changed');
  });

  it('is never a step that the person has passed, in any order', () => {
    const done = [{ step: 'b' }, { step: 'c' }];
    const next = (steps: string) => {
      const of = { steps: [...steps].map((id) => step(id, { message })) };
      const said = decideStep({ step: 'a', dueAt: NOW, ...under, done }, of, facts(), NOW);
      return 'next' in said ? (said.next?.step ?? null) : said.do;
    };
    expect(next('abcd')).to.equal('d');
    expect(next('acb')).to.equal(null);
  });

  it('is the end when the topic of all remaining messages is off', () => {
    const other = { ...message, topic: 'news' };
    const of = { steps: [step('a', { message: other }), step('b', { message })] };
    const run = { step: 'a', dueAt: NOW, ...under };
    expect(decideStep({ ...run, done: [] }, of, facts(), NOW).do).to.equal('send');
    const end = decideStep({ ...run, done: [{ step: 'b' }] }, of, facts(), NOW);
    expect(end).to.deep.equal({ do: 'end', reason: 'topic-off' });
  });

  it('is first the first step, its wait counted from the trigger, and never in the past', () => {
    const slow = { steps: [step('a', { wait: { hours: 2 } })] };
    expect(firstPosition(slow, NOW, later(1))).to.deep.equal({ step: 'a', dueAt: later(120) });
    expect(firstPosition(slow, later(-600), NOW)).to.deep.equal({ step: 'a', dueAt: NOW });
    expect(firstPosition({ steps: [] }, NOW, NOW)).to.equal(null);
  });
});

describe('position in a new version of a journey', () => {
  const steps = (ids: string) => [...ids].map((id) => step(id));
  const table: [older: string, waitsFor: string, newer: string, step: string | null][] = [
    ['abc', 'b', 'abc', 'b'],
    ['abc', 'b', 'axbc', 'b'],
    ['abc', 'b', 'axc', 'x'],
    ['abc', 'c', 'ab', null],
    ['abc', 'c', 'xab', null],
    ['abc', 'c', 'abx', 'x'],
    ['abc', 'a', 'xyz', 'x'],
    ['abc', 'c', 'xyz', 'x'],
  ];
  for (const [older, waitsFor, newer, expected] of table) {
    it(`becomes ${expected ?? 'the end'} in ${newer} for a person of ${older} before ${waitsFor}`, () =>
      expect(stepsIn(steps(older), waitsFor, steps(newer))[0]?.id ?? null).to.equal(expected));
  }
});
