import { expect } from 'chai';
import {
  type ConsentState,
  emptyConsentState,
  type Prompt,
  type Subscription,
} from '../../../../src/domain/consent/consent-state.ts';
import { statusSentence } from '../../../../src/domain/consent/status-sentence.ts';
import type { Scope, Suppression } from '../../../../src/domain/consent/suppression.ts';
import { BY_STOP, SOME_ORIGIN } from '../../../support/origins.ts';
import { CARE, DEALS } from '../../text/fernway.ts';

const BOOK = { programs: [DEALS, CARE], senders: [] };
const day = (date: number): Date => new Date(Date.UTC(2026, 4, date, 16));
const NOW = day(20);

const joined = (more: Partial<Subscription> = {}): Subscription => ({
  program: 'deals',
  state: 'subscribed',
  since: day(3),
  topics: ['offers'],
  purposes: ['marketing'],
  basis: {
    at: day(3),
    channel: 'VIA_TEXT',
    words: 'YES',
    disclosure: { touchpoint: 'sms-prompt.en', version: 1 },
    seq: 2,
  },
  ...more,
});
const row = (more: Partial<Suppression> = {}): Suppression => ({
  scope: 'all' as Scope,
  kind: 'opt-out',
  generation: 1,
  since: day(5),
  lifts: {},
  until: null,
  origin: BY_STOP,
  ...more,
});
const person = (
  subscriptions: Subscription[],
  suppressions: Suppression[] = [],
  more: Partial<ConsentState> = {},
): ConsentState => ({
  ...emptyConsentState(),
  subscriptions,
  suppressions,
  ...more,
});
const ended = (state: Subscription['state'], more: Partial<Subscription> = {}) =>
  joined({ state, since: day(6), topics: [], ...more });
const hold = row({ kind: 'hold', until: day(12) });
const care = joined({
  ...{ program: 'care', topics: ['orders'], purposes: ['informational'] },
  ...{ since: day(4), basis: null },
});
const asked: Prompt = {
  ...{ id: 'p_1', seq: 2, number: '28555', program: 'deals', topics: ['offers'] },
  ...{ purposes: { offers: 'marketing' }, language: 'en', confirmWord: 'YES', channel: 'VIA_TEXT' },
  ...{ disclosure: { touchpoint: 'sms-prompt.en', version: 1 }, issuedAt: day(6), handedOverAt: day(6) },
  ...{ expiresAt: day(23), under: {}, step: 'confirm', state: 'open' },
};
const ASKED =
  'Not yet. We asked about Fernway Deals at May 6, 2026, 12:00 PM EDT; their YES is good until May 23, 2026, 12:00 PM EDT';
const inDeals = 'Subscribed to Fernway Deals (weekly offers) since May 3, 2026, 12:00 PM EDT, by text';

const noneOf = (sentence: string): string => sentence.replace('Subscribed', 'Gets no texts now: subscribed');

const TABLE: [why: string, person: ConsentState, sentence: string][] = [
  ['nothing ever happened', person([]), 'In no program.'],
  ['subscribed', person([joined()]), `${inDeals}.`],
  [
    'subscribed to two programs',
    person([joined(), care]),
    `${inDeals} and Fernway Care (order updates) since May 4, 2026, 12:00 PM EDT.`,
  ],
  [
    'a pause, with an informational program',
    person([joined(), care], [], { pausedUntil: day(30) }),
    `${inDeals} and Fernway Care (order updates) since May 4, 2026, 12:00 PM EDT; marketing is paused until May 30, 2026, 12:00 PM EDT.`,
  ],
  [
    'consent that grew too old, before the job ended it',
    person([joined({ since: new Date('2024-05-03T16:00:00Z'), basis: null })]),
    'Gets no texts now: subscribed to Fernway Deals (weekly offers) since May 3, 2024, 12:00 PM EDT; texts about weekly offers need a new YES.',
  ],
  [
    'subscribed with every topic off',
    person([joined({ topics: [] })]),
    'Gets no texts now: subscribed to Fernway Deals (no topic is on) since May 3, 2026, 12:00 PM EDT, by text.',
  ],
  [
    'a pause that runs',
    person([joined()], [], { pausedUntil: day(30) }),
    `${noneOf(inDeals)}; marketing is paused until May 30, 2026, 12:00 PM EDT.`,
  ],
  ['a pause that is over', person([joined()], [], { pausedUntil: day(19) }), `${inDeals}.`],
  [
    'opted out of everything by text',
    person([ended('unsubscribed')], [row()]),
    'Must not be texted: opted out of everything by text on May 5, 2026, 12:00 PM EDT.',
  ],
  [
    'opted out through the API',
    person([], [row({ origin: { by: 'channel', channel: 'VERBAL', rule: 'door:VERBAL' } })]),
    'Must not be texted: opted out of everything in person or by phone on May 5, 2026, 12:00 PM EDT.',
  ],
  [
    'opted out through a door without a name',
    person([], [row({ origin: SOME_ORIGIN })]),
    'Must not be texted: opted out of everything on May 5, 2026, 12:00 PM EDT.',
  ],
  [
    'asked again after an opt-out',
    person([ended('pending')], [row()], { prompts: [asked] }),
    `${ASKED}; they had opted out of everything by text on May 5, 2026, 12:00 PM EDT.`,
  ],
  [
    'joined one program again after an opt-out',
    person([joined()], [row({ lifts: { deals: 1 } })]),
    `${inDeals}; opted out of everything else by text on May 5, 2026, 12:00 PM EDT.`,
  ],
  [
    'a later opt-out than the one that was lifted',
    person([joined()], [row({ generation: 2, lifts: { deals: 1 } })]),
    'Must not be texted: opted out of everything by text on May 5, 2026, 12:00 PM EDT.',
  ],
  [
    'on hold',
    person([joined()], [hold]),
    'Must not be texted for now: on hold since May 5, 2026, 12:00 PM EDT until a person decides about their last text; if nobody decides by May 12, 2026, 12:00 PM EDT, it becomes an opt-out.',
  ],
  [
    'on hold and opted out',
    person([], [hold, row()]),
    'Must not be texted: opted out of everything by text on May 5, 2026, 12:00 PM EDT.',
  ],
  ['waiting for a YES', person([ended('pending')], [], { prompts: [asked] }), `${ASKED}.`],
  [
    'left a program',
    person([ended('unsubscribed')]),
    'In no program: left Fernway Deals on May 6, 2026, 12:00 PM EDT.',
  ],
  [
    'said NO, and never answered another',
    person([ended('refused'), ended('expired', { program: 'care' })]),
    'In no program: said no to Fernway Deals on May 6, 2026, 12:00 PM EDT; did not answer the question of Fernway Care on May 6, 2026, 12:00 PM EDT.',
  ],
  [
    'blocked by the carrier on one of our numbers',
    person([joined()], [row({ kind: 'carrier', scope: 'sender:55512' })]),
    `${noneOf(inDeals)}; the carrier has blocked our texts from 55512 since May 5, 2026, 12:00 PM EDT.`,
  ],
  [
    'a block that the carrier lifted',
    person([joined()], [row({ kind: 'carrier', scope: 'sender:55512', lifts: { '*': 1 } })]),
    `${inDeals}.`,
  ],
  [
    'a number that takes no texts',
    person([], [row({ kind: 'hygiene' })]),
    'In no program; the number takes no texts, since May 5, 2026, 12:00 PM EDT.',
  ],
];

describe('status sentence with what was sent', () => {
  const failing = { count: 2, since: day(18), last: day(19), code: '30005', words: 'The number is unknown.' };

  it('names the failures of the last messages and why', () => {
    expect(statusSentence(person([joined()]), BOOK, NOW, { failing, quiet: null })).to.equal(
      `${inDeals}; the last 2 messages failed, the newest on May 19, 2026, 12:00 PM EDT: The number is unknown.`,
    );
    const newer = { failing: { ...failing, count: 1, isNewerOpen: true as const }, quiet: null };
    expect(statusSentence(person([]), BOOK, NOW, newer)).to.equal(
      'In no program; the last message whose end is known failed on May 19, 2026, 12:00 PM EDT: The number is unknown.',
    );
    const once = { failing: { ...failing, count: 1 }, quiet: null };
    expect(statusSentence(person([]), BOOK, NOW, once)).to.equal(
      'In no program; the last message failed on May 19, 2026, 12:00 PM EDT: The number is unknown.',
    );
  });

  it('names the end of quiet hours', () => {
    const zone = 'America/New_York';
    const quiet = { until: new Date('2026-05-20T12:00:00Z'), zone };
    expect(statusSentence(person([joined()]), BOOK, NOW, { failing: null, quiet })).to.equal(
      `${inDeals}; quiet hours keep marketing back until May 20, 2026, 8:00 AM EDT.`,
    );
    const never = { until: null, zone };
    expect(statusSentence(person([joined()]), BOOK, NOW, { failing: null, quiet: never })).to.contain(
      'no hour of the next eight days is permitted',
    );
  });
});

describe('status sentence for support', () => {
  for (const [why, contact, sentence] of TABLE) {
    it(`is given for: ${why}`, () => {
      expect(statusSentence(contact, BOOK, NOW)).to.equal(sentence);
    });
  }
});
