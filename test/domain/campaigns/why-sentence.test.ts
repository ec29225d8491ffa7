import { expect } from 'chai';
import { type WhyFacts, whySentence } from '../../../src/domain/campaigns/explanation.ts';
import type { DeliveryFacts } from '../../../src/domain/sending/delivery-sentence.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const LATER = new Date('2026-03-02T12:00:00Z');
const SENDING: WhyFacts['campaign'] = {
  ...{ state: 'sending', startAt: NOW, deadline: null, trip: null, halted: null },
};
const IN: WhyFacts['audience'] = { kind: 'in', turn: 'to-come', readAt: NOW };
const row = (state: DeliveryFacts['state'], more: Partial<DeliveryFacts> = {}): DeliveryFacts => ({
  state,
  dueAt: NOW,
  decision: null,
  ...more,
});
const TRIP = { rule: 'filtered' as const, hits: 9, of: 90, most: 100, windowMinutes: 60, at: NOW };

describe('explanation why a person got a campaign or did not', () => {
  const table: [what: string, facts: Partial<WhyFacts>, said: RegExp][] = [
    ['who got it', { row: row('delivered') }, /^Delivered\.$/],
    ['whose message waits', { row: row('planned', { dueAt: LATER }) }, /^Waits until/],
    [
      'whose message waits in a paused one',
      { row: row('planned'), campaign: { ...SENDING, state: 'paused' } },
      /^Waits: the campaign is paused\.$/,
    ],
    [
      'whose message waits in one that paused itself',
      { row: row('planned'), campaign: { ...SENDING, state: 'paused', trip: TRIP } },
      /^Waits: the campaign is paused\. Paused by itself: 9 of the 90/,
    ],
    [
      'whose message waited in a paused one until its time was over',
      { row: row('expired'), campaign: { ...SENDING, state: 'paused', halted: 'It lacks a topic.' } },
      /^Not sent: its validity ended before it was sent\. The campaign is paused\. It lacks a topic\.$/,
    ],
    ['nobody', { audience: { kind: 'gone' } }, /no contact has this number/],
    [
      'whose message waits in one that lacks something',
      { row: row('planned'), campaign: { ...SENDING, state: 'paused', halted: 'Its program has ended.' } },
      /^Waits: the campaign is paused\. Its program has ended\.$/,
    ],
    [
      'who does not fit',
      {
        audience: {
          kind: 'out',
          clauses: [
            { clause: 'lives in CA', how: 'must-fit' },
            { clause: 'bought', how: 'leaves-out' },
          ],
        },
      },
      /: the segment requires that the person lives in CA; the segment leaves out a person who bought\.$/,
    ],
    [
      'who got what others missed',
      { audience: { kind: 'did-not-miss', of: 'spring', row: row('delivered') } },
      /^Not in the audience: it goes to those who missed "spring"\. Delivered\.$/,
    ],
    [
      'whose message was canceled with another, which is no miss',
      { audience: { kind: 'did-not-miss', of: 'spring', row: row('canceled', { error: 'the end' }) } },
      /^Not in the audience: it goes to those who missed "spring", and what was canceled is not missed\. Not sent: it was canceled before it was sent \(the end\)\.$/,
    ],
    [
      'who missed another, and got it since',
      { audience: { kind: 'got-since', of: 'spring' } },
      /^Not in the audience: it goes to those who missed "spring", and they have got it since, are about to, or were held out of it\.$/,
    ],
    ['a draft', { campaign: { ...SENDING, state: 'draft' } }, /is a draft/],
    ['one that was canceled', { campaign: { ...SENDING, state: 'canceled' } }, /was canceled before/],
    [
      'one to come',
      { campaign: { ...SENDING, startAt: LATER } },
      /^Waits: the campaign starts at Mar 2, 2026, 12:00 PM UTC/,
    ],
    ['one that is being planned', {}, /is being planned/],
    [
      'one that waits',
      { campaign: { ...SENDING, halted: 'Its segment asks who got "spring".' } },
      /^Waits, because the whole campaign waits\. Its segment asks who got "spring"\.$/,
    ],
    [
      'who waits for the winner of a test that waits',
      { campaign: { ...SENDING, halted: 'It waits.' }, audience: { ...IN, turn: 'waits-for-winner' } },
      /^Waits, because the whole campaign waits\. It waits\.$/,
    ],
    [
      'who waits for a winner',
      { audience: { ...IN, turn: 'waits-for-winner' } },
      /^Waits: an A\/B test tries the variants/,
    ],
    [
      'who waits in a paused one that may still go on',
      { campaign: { ...SENDING, state: 'paused', deadline: LATER } },
      /^Waits: the campaign is paused\.$/,
    ],
    [
      'whose turn had not come when the deadline of a paused one passed',
      { campaign: { ...SENDING, state: 'paused', deadline: NOW, trip: TRIP } },
      /^Not sent: the deadline of the campaign passed before .* The campaign is paused\. Paused by itself: .* only if it is given a later deadline and resumed\.$/,
    ],
    [
      'who waited for a winner when the deadline passed',
      { campaign: { ...SENDING, deadline: NOW }, audience: { ...IN, turn: 'waits-for-winner' } },
      /^Not sent: the deadline of the campaign passed before the person's message was planned\.$/,
    ],
    [
      'a recurrence before its first run',
      { audience: { kind: 'no-run', nextAt: LATER } },
      /^Waits: its first run begins at Mar 2, 2026, 12:00 PM UTC, for whoever is in the audience then\.$/,
    ],
    [
      'a recurrence that is paused before it',
      { campaign: { ...SENDING, state: 'paused' }, audience: { kind: 'no-run', nextAt: LATER } },
      /^Waits: the campaign is paused\.$/,
    ],
    [
      'a recurrence that was canceled before it',
      { campaign: { ...SENDING, state: 'canceled' }, audience: { kind: 'no-run', nextAt: LATER } },
      /^Not sent: the campaign was canceled before its first run\.$/,
    ],
    [
      'a recurrence whose times all went by',
      { campaign: { ...SENDING, state: 'finished' }, audience: { kind: 'no-run', nextAt: null } },
      /^Not sent: the recurrence was never run, and it has no times left\.$/,
    ],
    [
      'who fits too late',
      { audience: { ...IN, turn: 'passed' } },
      /fits now, but did not when .* for Mar 1, 2026, 12:00 PM UTC/,
    ],
    [
      'who fits too late for one that was canceled',
      { campaign: { ...SENDING, state: 'canceled' }, audience: { ...IN, turn: 'passed' } },
      /fits now, but did not when .* for Mar 1, 2026, 12:00 PM UTC/,
    ],
  ];
  for (const [what, facts, said] of table) {
    it(`explains this case: ${what}`, () => {
      expect(whySentence({ campaign: SENDING, row: null, audience: IN, ...facts }, NOW)).to.match(said);
    });
  }
});
