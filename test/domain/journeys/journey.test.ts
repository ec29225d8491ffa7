import { expect } from 'chai';
import {
  JOURNEY_MOVES,
  JOURNEY_STATES,
  type JourneyPlan,
  type JourneyStep,
  moveJourney,
  stepFaults,
} from '../../../src/domain/journeys/journey.ts';
import { planSentences, runSentence } from '../../../src/domain/journeys/sentences.ts';
import { sentenceOf } from '../../../src/domain/segments/describe.ts';
import { DEALS, later, message, NOW, step } from './builders.ts';

const TOPICS = new Set(['deals']);
const a = step('a', { message });

describe('validation of journey steps', () => {
  const table: [what: string, steps: JourneyStep[], fields: string[]][] = [
    ['a message', [a], []],
    ['two messages a minute apart', [a, step('b', { wait: { minutes: 1 }, message })], []],
    ['two of one id', [a, step('a', { wait: { days: 1 } })], ['steps.1.id']],
    ['a wait of 400 days', [step('a', { wait: { days: 400 }, message })], []],
    ['a longer wait', [step('a', { wait: { days: 400, minutes: 1 }, message })], ['steps.0.wait']],
    ['one that does nothing', [a, step('b')], ['steps.1']],
    ['no message at all', [step('a', { wait: { days: 1 } })], ['steps']],
    [
      'a topic of another program',
      [step('a', { message: { ...message, topic: 'x' } })],
      ['steps.0.message.topic'],
    ],
    ['two messages at once', [a, step('b', { message })], ['steps.1.wait']],
    [
      'two messages with a wait in between',
      [a, step('b', { wait: { hours: 1 } }), step('c', { message })],
      [],
    ],
  ];
  for (const [what, steps, fields] of table) {
    it(`${fields.length === 0 ? 'accepts' : `refuses ${fields.join()} of`} ${what}`, () =>
      expect(stepFaults(steps, TOPICS).map(({ field }) => field)).to.deep.equal(fields));
  }
});

describe('state change of a journey', () => {
  const allowed: Record<string, string> = {
    'start draft': 'running',
    'start paused': 'running',
    'start stopped': 'running',
    'pause running': 'paused',
    'stop running': 'stopped',
    'stop paused': 'stopped',
    'stop stopped': 'stopped',
  };
  for (const how of JOURNEY_MOVES) {
    for (const state of JOURNEY_STATES) {
      const to = allowed[`${how} ${state}`];
      it(`${to === undefined ? `refuses to ${how}` : `makes ${to} on ${how}`} a journey that is ${state}`, () => {
        const moved = moveJourney(state, how);
        if (to !== undefined) expect(moved).to.deep.equal({ ok: true, to });
        else expect(moved.ok ? '' : moved.why).to.match(/^The journey .+\.$/);
      });
    }
  }
});

describe('journey in sentences', () => {
  const words = {
    program: DEALS ?? { name: '', topics: [], keywords: {} },
    say: (tree: Parameters<typeof sentenceOf>[0]) => sentenceOf(tree),
  };
  const buys = { kind: 'did' as const, event: 'purchase', days: 30 };
  const asked = { tree: buys, resolved: buys };
  const said = (plan: Partial<JourneyPlan>): string[] =>
    planSentences(
      { trigger: { kind: 'consent', topics: null }, reentry: { kind: 'once' }, steps: [a], ...plan },
      words,
    );

  const triggers: [JourneyPlan['trigger'], string][] = [
    [{ kind: 'consent', topics: null }, 'Begins when someone confirms their consent to Fernway Deals.'],
    [
      { kind: 'consent', topics: ['deals', 'news'] },
      'Begins when someone agrees to Weekly deals or Store news of Fernway Deals.',
    ],
    [{ kind: 'event', event: 'purchase' }, 'Begins when someone does “purchase”.'],
    [
      { kind: 'stage', stages: ['lead', 'customer'] },
      'Begins when someone comes into the stage “lead” or “customer”.',
    ],
    [
      { kind: 'segment', segment: { tree: { kind: 'age', from: 21 }, resolved: { kind: 'age', from: 21 } } },
      'Begins for everyone who is 21 or older, those who belong already too.',
    ],
    [
      {
        ...{ kind: 'keyword', words: ['JOIN', '1'] },
        means: [
          { word: 'JOIN', topic: null },
          { word: '1', topic: 'deals' },
          { word: 'DEALS', topic: 'deals' },
        ],
      },
      'Begins when someone texts “JOIN” and has confirmed their consent to Fernway Deals, or when someone turns Weekly deals on by texting “1” or “DEALS”.',
    ],
    [
      {
        ...{ kind: 'keyword', words: ['OLD', 'JOIN'] },
        means: [
          { word: 'OLD', topic: null },
          { word: 'JOIN', topic: null },
        ],
      },
      'Begins when someone texts “OLD” or “JOIN” and has confirmed their consent to Fernway Deals. Since the program was changed, it does not begin by “OLD”.',
    ],
  ];
  for (const [trigger, sentence] of triggers) {
    it(`begins with a trigger of kind ${trigger.kind}`, () =>
      expect(said({ trigger })[0]).to.equal(sentence));
  }

  it('says who may enter again and what each step does', () => {
    const steps = [
      a,
      step('tips', { wait: { days: 2, hours: 1 }, onlyIf: asked, message }),
      step('bye', { wait: { days: 1 }, onlyIf: asked, otherwise: 'end' }),
    ];
    expect(said({ steps, reentry: { kind: 'again', days: 30 } }).slice(1)).to.deep.equal([
      'A person may go through it again, 30 days after they last began at the earliest.',
      '1. “a”: At once sends “hello”, about Weekly deals.',
      '2. “tips”: After 2 days and 1 hour sends “hello”, about Weekly deals, if the person bought in the last 30 days; others go on without it.',
      '3. “bye”: After 1 day goes on, if the person bought in the last 30 days; for others the journey ends.',
    ]);
  });

  it('writes one day as "a day"', () => {
    expect(said({ reentry: { kind: 'again', days: 1 } })[1]).to.equal(
      'A person may go through it again, a day after they last began at the earliest.',
    );
  });

  it('describes the position of one person', () => {
    const run = { step: 'tips', dueAt: later(60), startedAt: NOW, ended: null };
    expect(runSentence('Welcome', run, false)).to.equal(
      'In “Welcome” since Mar 1, 2026, 12:00 PM UTC; waits for the step “tips”, due at Mar 1, 2026, 1:00 PM UTC.',
    );
    expect(runSentence('Welcome', run, true)).to.contain('the journey is paused');
    const over = { ...run, ended: { reason: 'held' as const, at: later(5) } };
    expect(runSentence('Welcome', over, false)).to.equal(
      'In “Welcome” since Mar 1, 2026, 12:00 PM UTC; ended at Mar 1, 2026, 12:05 PM UTC before the step “tips”: Messages to the person were put on hold.',
    );
  });
});
