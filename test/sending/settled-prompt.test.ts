import { expect } from 'chai';
import { clear, deadlineFrom } from '../../src/sending/gate.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { type Conversation, DAY, SECOND, SHOP } from '../domain/consent/conversation.ts';
import { askedToRenew, programOf } from '../domain/consent/questions/renewals.ts';

/** The row of a form's question, flagged and about to be decided. */
const rowOf = ({ person, now }: Conversation): DeliveryDoc => ({
  ...{ _id: '00form', contact: 'c_1', index: '1.person', rev: 1, class: 'prompt', program: 'deals' },
  ...{ topic: null, template: 'prompt', language: 'en', lane: '0-answers', sender: SHOP, service: null },
  ...{ sealed: null, parts: 1, state: 'sending', open: true, epoch: 1, owner: null, leaseUntil: null },
  ...{ dueAt: now, createdAt: now, decision: null, answers: null, own: false },
  prompt: person.prompts.at(-1)?.id ?? null,
});

const decisionOn = (row: DeliveryDoc, { person, now }: Conversation): string => {
  const facts = {
    person,
    program: programOf('deals'),
    handling: null,
    index: '1.person',
    now,
    hoursEnd: null,
  };
  const clock = { monotonic: () => 0, now: () => now };
  const words = { to: '+15551230001', text: 'Reply YES.' };
  const decision = clear(row, words, facts, deadlineFrom(0, now), clock);
  return 'cleared' in decision ? 'goes' : decision.refused.join();
};

describe('the prompt of a form to a person with a renewal prompt', () => {
  it('leaves, but not once they have said YES to the same program', () => {
    const talk = askedToRenew('deals', SHOP, 'JOIN', 'YES');
    talk.wait(3 * DAY);
    talk.door('deals');
    talk.wait(SECOND);
    const row = rowOf(talk);
    expect(decisionOn(row, talk)).to.equal('goes');
    talk.text('YES');
    expect(decisionOn(row, talk)).to.equal('prompt-closed');
  });
});
