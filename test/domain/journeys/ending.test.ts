import { expect } from 'chai';
import type { ConsentState } from '../../../src/domain/consent/consent-state.ts';
import { raiseSuppression, type SuppressionKind } from '../../../src/domain/consent/suppression.ts';
import {
  type EligibilityFacts,
  type JourneyEndReason,
  whyRunEnds,
} from '../../../src/domain/journeys/steps.ts';
import { SOME_ORIGIN } from '../../support/origins.ts';
import { later, message, NOW, SINCE, standing, step, subscriber } from './builders.ts';

const stopped = (
  kind: SuppressionKind,
  scope: 'all' | 'program:deals' | 'program:orders' | 'topic:deals/news',
) => subscriber({ suppressions: raiseSuppression([], { scope, kind, at: NOW, origin: SOME_ORIGIN }) });
const with_ = (change: Partial<ConsentState['subscriptions'][number]>): ConsentState => {
  const [first] = subscriber().subscriptions;
  return subscriber({ subscriptions: first === undefined ? [] : [{ ...first, ...change }] });
};

describe('end of a journey for a person', () => {
  const program = standing().program;
  const table: [what: string, standing: EligibilityFacts, reason: JourneyEndReason | null][] = [
    ['nothing happened', standing(), null],
    ['they were erased', standing({ person: null }), 'erased'],
    ['their number has another holder', standing({ current: false }), 'number-changed'],
    ['the program is gone', standing({ program: null }), 'program-ended'],
    ['the program ended', standing({ program: program && { ...program, status: 'ended' } }), 'program-ended'],
    ['they said STOP', standing({ person: stopped('opt-out', 'all') }), 'opted-out'],
    ['they left the program', standing({ person: stopped('opt-out', 'program:deals') }), 'opted-out'],
    ['they left another program', standing({ person: stopped('opt-out', 'program:orders') }), null],
    ['they left another topic', standing({ person: stopped('opt-out', 'topic:deals/news') }), null],
    ['they are on hold', standing({ person: stopped('hold', 'all') }), 'held'],
    ['the number takes no texts', standing({ person: stopped('hygiene', 'all') }), null],
    ['they are in no program', standing({ person: subscriber({ subscriptions: [] }) }), 'consent-ended'],
    [
      'they unsubscribed',
      standing({ person: with_({ state: 'unsubscribed', topics: [] }) }),
      'consent-ended',
    ],
    ['they wait for their YES', standing({ person: with_({ state: 'pending' }) }), 'consent-ended'],
    ['they left and came back', standing({ person: with_({ since: later(-5) }) }), 'consent-ended'],
    ['they turned its topic off', standing({ person: with_({ topics: ['news'] }) }), 'topic-off'],
    ['they turned another topic on', standing({ person: with_({ topics: ['deals', 'news'] }) }), null],
    ['they asked for a pause', standing({ person: subscriber({ pausedUntil: later(60) }) }), null],
  ];
  const run = { program: 'deals', since: SINCE };
  for (const [what, facts, reason] of table) {
    it(`is ${reason ?? 'not reached'}: ${what}`, () =>
      expect(whyRunEnds(run, [step('a', { message })], facts)).to.equal(reason));
  }

  it('does not come while one of the remaining topics is on, nor without remaining messages', () => {
    const off = standing({ person: with_({ topics: ['news'] }) });
    const news = step('b', { message: { ...message, topic: 'news' } });
    expect(whyRunEnds(run, [step('a', { message }), news], off)).to.equal(null);
    expect(whyRunEnds(run, [step('a')], off)).to.equal(null);
  });
});
