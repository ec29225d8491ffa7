import { expect } from 'chai';
import {
  endConsent,
  endedByLostKey,
  endMarketing,
  programsBefore,
} from '../../../src/domain/consent/consent-end.ts';
import type { ConsentState, Prompt, Subscription } from '../../../src/domain/consent/consent-state.ts';
import { UNDECIDED_LOST } from '../../../src/domain/consent/ledger-reasons.ts';
import type { Suppression } from '../../../src/domain/consent/suppression.ts';
import { ago, HOUR, MINUTE, NOW, row, SUBSCRIBER } from '../sending/requests.ts';
import { CLUB } from './programs.ts';

const EARLIER = ago(HOUR);
const LATER = ago(-HOUR);
const [whole] = SUBSCRIBER.subscriptions as [Subscription];

const consent = (program: string, more: Partial<Subscription>): Subscription => ({
  ...whole,
  program,
  ...more,
});
const question = (program: string, issuedAt: Date, state: Prompt['state'] = 'open') =>
  ({ program, issuedAt, state }) as Prompt;
const basis = (at: Date) => ({ at }) as NonNullable<Subscription['basis']>;

describe('programs agreed to or asked about before a moment', () => {
  const CASES: [string, Subscription[], Prompt[], string[]][] = [
    ['a consent from before', [consent('deals', { since: EARLIER })], [], ['deals']],
    ['a consent from that very moment', [consent('deals', { since: NOW })], [], []],
    ['a consent from since', [consent('deals', { since: LATER })], [], []],
    [
      'a consent renewed since, by its proof and not by when it began',
      [consent('deals', { since: EARLIER, basis: basis(LATER) })],
      [],
      [],
    ],
    [
      'a proof from before of one that began anew since',
      [consent('deals', { since: LATER, basis: basis(EARLIER) })],
      [],
      ['deals'],
    ],
    ['a consent that was ended', [consent('deals', { since: EARLIER, state: 'unsubscribed' })], [], []],
    ['a question from before', [], [question('deals', EARLIER)], ['deals']],
    ['a question from that very moment, or since', [], [question('deals', NOW), question('club', LATER)], []],
    ['a question that is closed', [], [question('deals', EARLIER, 'expired')], []],
    [
      'a question from before about what was agreed to since',
      [consent('deals', { since: LATER })],
      [question('deals', EARLIER), question('club', EARLIER)],
      ['club'],
    ],
    [
      'a question from before about what was agreed to since and is over',
      [consent('deals', { since: LATER, state: 'unsubscribed' })],
      [question('deals', EARLIER)],
      ['deals'],
    ],
  ];
  for (const [what, subscriptions, prompts, expected] of CASES) {
    it(`are ${expected.join() || 'none'} with ${what}`, () => {
      const person: ConsentState = { ...SUBSCRIBER, subscriptions, prompts };
      expect(programsBefore(person, NOW)).to.deep.equal(expected);
    });
  }
});

describe('start of a ledger after the key of the former ledger was lost', () => {
  const timer = (more: Partial<Suppression> = {}): Suppression =>
    row('opt-out', 'all', { origin: { by: 'hold-timer' }, ...more });
  const LOST = ['ended', null, 'lost-key'];
  const UNDECIDED = (scope: string) => ['withdrawn', scope, UNDECIDED_LOST];
  const CASES: [string, Suppression[], (string | null)[]][] = [
    ['no opt-out', [], LOST],
    ['an opt-out of their own', [row('opt-out', 'all')], LOST],
    ['a hold that nobody decided', [timer()], UNDECIDED('all')],
    ['the same of this program', [timer({ scope: 'program:deals' })], UNDECIDED('program:deals')],
    ['the same of another program', [timer({ scope: 'program:club' })], LOST],
    ['the same of one topic', [timer({ scope: 'topic:deals/deals' })], LOST],
    ['a hold that still stands', [row('hold', 'all', { origin: { by: 'hold-timer' } })], LOST],
    ['one that was lifted for this program', [timer({ lifts: { deals: 1 } })], LOST],
    ['one that was lifted for another', [timer({ lifts: { club: 1 } })], UNDECIDED('all')],
  ];
  for (const [what, rows, expected] of CASES) {
    it(`records "${expected[0]}" under ${what}`, () => {
      const [ended, ...more] = endedByLostKey([consent('deals', { since: ago(MINUTE) })], rows);
      expect(more).to.deep.equal([]);
      const { kind, scope, reason, program, topics } = ended?.event ?? {};
      expect([kind, scope, reason, program, topics]).to.deep.equal([...expected, 'deals', whole.topics]);
      expect(ended?.undecided).to.equal(expected === LOST ? undefined : rows[0]);
    });
  }

  it('records nothing for programs that the person was not in', () => {
    const states = ['pending', 'unsubscribed', 'expired'] as const;
    const out = states.map((state) => consent(state, { state }));
    expect(
      endedByLostKey([...out, consent('deals', {})], []).map(({ event }) => event.program),
    ).to.deep.equal(['deals']);
  });
});

describe('consent that ends in some programs', () => {
  const ask = (program: string, touchpoint: string, state: Prompt['state'] = 'open') =>
    ({ program, state, topics: ['tastings'], disclosure: { touchpoint, version: 1 } }) as Prompt;
  const askedIn = (...programs: string[]): ConsentState => ({
    ...SUBSCRIBER,
    subscriptions: programs.map((program) => consent(program, { state: 'pending' })),
    prompts: programs.map((program) => ask(program, 'sms-prompt.en')),
  });

  it('goes on in the other programs, with their questions', () => {
    const person: ConsentState = {
      ...SUBSCRIBER,
      subscriptions: [consent('deals', {}), consent('club', {})],
    };
    const ended = endConsent(person, { reason: 'reassigned', at: NOW, programs: ['club'] });
    expect(ended?.person.subscriptions.map(({ program, state }) => `${program} ${state}`)).to.have.members([
      'deals subscribed',
      'club expired',
    ]);
    const asked = endConsent(askedIn('deals', 'club'), { reason: 'reassigned', at: NOW, programs: ['club'] });
    expect(asked?.person.prompts.map(({ state }) => state)).to.deep.equal(['open', 'expired']);
    expect(asked?.person.subscriptions.map(({ program, state }) => `${program} ${state}`)).to.have.members([
      'deals pending',
      'club expired',
    ]);
    expect(endConsent(person, { reason: 'reassigned', at: NOW, programs: ['other'] })).to.equal(null);
  });

  it('closes only the renewal question when just marketing ends', () => {
    const topics = ['tastings', 'repairs'];
    const person: ConsentState = {
      ...SUBSCRIBER,
      subscriptions: [consent('club', { topics })],
      prompts: [
        ...[ask('club', 'sms-renewal.en'), ask('deals', 'sms-renewal.en'), ask('club', 'sms-prompt.en')],
        ask('club', 'sms-renewal.en', 'withdrawn'),
      ],
    };
    const change = endMarketing(person, CLUB, NOW);
    expect(change?.person.prompts.map(({ state }) => state)).to.deep.equal([
      'expired',
      'open',
      'open',
      'withdrawn',
    ]);
    expect(change?.events.map(({ kind }) => kind)).to.deep.equal(['topic-off', 'expired']);
    expect(change?.person.subscriptions[0]?.topics).to.deep.equal(['repairs']);
  });

  it('does not change a person who is not, or no longer, in the program', () => {
    expect(endMarketing({ ...SUBSCRIBER, subscriptions: [] }, CLUB, NOW)).to.equal(null);
    const gone = consent('club', { state: 'unsubscribed', topics: ['tastings', 'repairs'] });
    expect(endMarketing({ ...SUBSCRIBER, subscriptions: [gone] }, CLUB, NOW)).to.equal(null);
  });
});
