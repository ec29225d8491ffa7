import { expect } from 'chai';
import { type DeliveryFacts, deliverySentence } from '../../../src/domain/sending/delivery-sentence.ts';

const NOW = new Date('2026-05-20T16:00:00Z');
const later = (ms: number): Date => new Date(NOW.getTime() + ms);
const row = (state: DeliveryFacts['state'], more: Partial<DeliveryFacts> = {}): DeliveryFacts => ({
  state,
  dueAt: NOW,
  decision: null,
  ...more,
});

describe('status of a message as one sentence', () => {
  const cases: [DeliveryFacts, string][] = [
    [row('planned'), 'Waits to be sent.'],
    [row('planned', { dueAt: later(60_000) }), 'Waits until at least May 20, 2026, 4:01 PM UTC.'],
    [
      row('planned', { stopped: 'It is not paid. Pay, then resume this number.' }),
      'Waits to be sent. Its sender is stopped, so nothing is sent from it now: It is not paid. Pay, then resume this number.',
    ],
    [row('sending'), 'The message is being sent to the carrier.'],
    [
      row('accepted', { acceptedAt: NOW }),
      'The carrier accepted it; it is not known yet whether it arrived.',
    ],
    [
      row('sent', { acceptedAt: NOW, sentAt: later(900) }),
      'The carrier passed it on less than a second after the carrier accepted it; it is not known yet whether it arrived.',
    ],
    [row('delivered'), 'Delivered.'],
    [
      row('delivered', { acceptedAt: NOW, finalAt: later(3000) }),
      'Delivered 3 s after the carrier accepted it.',
    ],
    [
      row('delivered', { acceptedAt: NOW, finalAt: later(119_000) }),
      'Delivered 119 s after the carrier accepted it.',
    ],
    [
      row('delivered', { acceptedAt: NOW, finalAt: later(7_200_000) }),
      'Delivered 2 h after the carrier accepted it.',
    ],
    [
      row('delivered', { acceptedAt: later(5000), finalAt: NOW }),
      'Delivered less than a second after the carrier accepted it.',
    ],
    [
      row('undelivered', { error: '30003' }),
      'Not delivered: the carrier passed it on, and it did not arrive (error 30003).',
    ],
    [row('failed', { error: '21610' }), 'Not sent: the carrier refused it (error 21610).'],
    ...(['failed', 'undelivered'] as const).map((state): [DeliveryFacts, string] => [
      row(state, { error: '30410' }),
      'Unknown whether it arrived: the carrier could not tell (error 30410).',
    ]),
    [row('failed'), 'Not sent: the carrier refused it.'],
    [
      row('failed', { error: '30036' }),
      'Not sent: its validity ended while it waited at the carrier (error 30036).',
    ],
    [row('skipped', { decision: { reasons: ['opted-out'] } }), 'Not sent: The person opted out.'],
    [
      row('skipped', { decision: { reasons: ['topic-off', 'paused'] } }),
      'Not sent: The person has not chosen this topic. The person asked for a pause.',
    ],
    [row('canceled', { error: 'opted out' }), 'Not sent: it was canceled before it was sent (opted out).'],
    [row('expired', { error: 'late' }), 'Not sent: its validity ended before it was sent (late).'],
    [
      row('expired', {
        heldBy: '47 CFR 64.1200(c)(1)',
        heldWhere: { zone: 'America/Chicago', source: 'zip', confidence: 'sure' },
      }),
      "Not sent: its validity ended before it was sent. It had waited: quiet hours for marketing in America/Chicago time (47 CFR 64.1200(c)(1)). The time zone follows from the person's ZIP code.",
    ],
    [
      row('planned', { class: 'prompt', dueAt: later(60_000), heldBy: '47 CFR 64.1200(c)(1)' }),
      'Waits until May 20, 2026, 4:01 PM UTC: quiet hours for questions by text (47 CFR 64.1200(c)(1)).',
    ],
    [
      row('planned', {
        dueAt: new Date('2026-05-21T12:59:30Z'),
        heldBy: '47 CFR 64.1200(c)(1)',
        heldWhere: { zone: 'America/New_York', source: 'area-code', confidence: 'weak' },
      }),
      'Waits until May 21, 2026, 9:00 AM EDT: quiet hours for marketing (47 CFR 64.1200(c)(1)). The time zone is a guess from the area code.',
    ],
    [
      row('planned', {
        dueAt: later(3_600_000),
        heldBy: 'a rule',
        heldWhere: { zone: 'America/Denver', source: 'none', confidence: 'weak' },
        cappedBy: { count: 3, hours: 24, by: 'overall', source: null, frees: later(86_400_000) },
        stopped: 'Pay.',
      }),
      'Waits until May 20, 2026, 11:00 AM MDT: quiet hours for marketing (a rule); the person had 3 messages in 24 h over all programs; there is room for one more from May 21, 2026, 4:00 PM UTC. The time zone is a guess, because nothing shows where the person is. Its sender is stopped, so nothing is sent from it now: Pay.',
    ],
    [
      row('expired', {
        cappedBy: { count: 3, hours: 24, by: 'overall', source: 'a law', frees: later(60_000) },
      }),
      'Not sent: its validity ended before it was sent. It had waited: the person had 3 messages in 24 h over all programs (a law).',
    ],
    [
      row('expired', { waited: { heldBy: '47 CFR 64.1200(c)(1)' } }),
      'Not sent: its validity ended before it was sent. It had waited: quiet hours for marketing (47 CFR 64.1200(c)(1)).',
    ],
    [
      row('planned', { dueAt: later(60_000), waited: { heldBy: '47 CFR 64.1200(c)(1)' } }),
      'Waits until at least May 20, 2026, 4:01 PM UTC.',
    ],
    [
      row('expired', { dailyCap: { carrier: 'T-Mobile', limit: 2000, again: later(60_000) } }),
      'Not sent: its validity ended before it was sent. It had waited: our brand had sent the 2000 parts that T-Mobile takes from it in a day.',
    ],
    [
      row('unknown', { error: 'the process ended before the answer was known' }),
      'Unknown: it may have reached the person or not (the process ended before the answer was known).',
    ],
  ];
  for (const [facts, sentence] of cases) {
    it(`says for ${facts.state}: ${sentence}`, () => expect(deliverySentence(facts, NOW)).to.equal(sentence));
  }

  it('tells every moment in the zone of the reader, and names the place that has quiet hours', () => {
    const waiting = row('planned', {
      dueAt: new Date('2026-05-20T17:00:00Z'),
      heldBy: 'a rule',
      heldWhere: { zone: 'America/Denver', source: 'zip', confidence: 'sure' },
      cappedBy: { count: 3, hours: 24, by: 'overall', source: null, frees: later(86_400_000) },
    });
    expect(deliverySentence(waiting, NOW, 'America/New_York')).to.equal(
      "Waits until May 20, 2026, 1:00 PM EDT: quiet hours for marketing in America/Denver time (a rule); the person had 3 messages in 24 h over all programs; there is room for one more from May 21, 2026, 12:00 PM EDT. The time zone follows from the person's ZIP code.",
    );
  });
});
