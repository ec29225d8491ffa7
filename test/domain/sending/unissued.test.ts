import { expect } from 'chai';
import { type ConsentState, emptyConsentState } from '../../../src/domain/consent/consent-state.ts';
import type { Sender, Topic } from '../../../src/domain/program.ts';
import { messagePlan } from '../../../src/domain/sending/message-plan.ts';
import type { Reason } from '../../../src/domain/sending/send-rules.ts';
import { DEALS } from '../text/fernway.ts';

const NOW = new Date('2026-05-20T16:00:00Z');
const [topic] = DEALS.topics as [Topic];
const sender: Sender = {
  ...{ number: '28555', kind: 'short-code', country: 'US', handling: 'own', messagingServiceSid: null },
};
const subscribed: ConsentState = {
  ...emptyConsentState(),
  subscriptions: [
    {
      ...{ program: DEALS.id, state: 'subscribed', since: NOW, topics: [topic.id] },
      ...{ purposes: [topic.purpose], basis: null },
    },
  ],
};

describe('message whose links or coupons were not issued', () => {
  const cases: [what: string, person: ConsentState, unissued: Reason[] | undefined, reasons: Reason[]][] = [
    ['goes where it has none', subscribed, undefined, []],
    ['goes where everything in it was issued', subscribed, [], []],
    ['does not go, though the person may get it by now', subscribed, ['paused'], ['paused']],
    [
      'does not go to who may not get it, for the newer reason',
      emptyConsentState(),
      ['paused'],
      ['not-subscribed'],
    ],
  ];
  for (const [what, person, unissued, reasons] of cases) {
    it(`${what}`, () => {
      const order = { program: DEALS, topic, sender, text: 'Fernway: XXXX', language: null };
      const { verdict } = messagePlan({ ...order, ...(unissued && { unissued }) }, person, NOW);
      expect(verdict).to.deep.equal(reasons.length === 0 ? { allowed: true } : { allowed: false, reasons });
    });
  }
});
