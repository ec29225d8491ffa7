import { expect } from 'chai';
import { mustWait, ORDER_WAIT_MS, replyDueAt } from '../../../src/domain/sending/answer-order.ts';
import { MESSAGE_CLASSES, type MessageClass } from '../../../src/domain/sending/lanes.ts';
import { ago, NOW } from './requests.ts';

/** The second reply to the fourth text of a person, planned `age` ms ago. */
const answer = (of: MessageClass = 'reply', age = 0): Parameters<typeof mustWait>[0] => ({
  class: of,
  rev: 4,
  place: 1,
  createdAt: ago(age),
});

describe('order of answers to one person', () => {
  const OTHERS: [what: string, other: { rev: number; place: number }, waits: boolean][] = [
    ['an answer to an earlier text', { rev: 3, place: 0 }, true],
    ['an answer to an earlier text, whatever its place', { rev: 3, place: 2 }, true],
    ['an earlier answer to the same text', { rev: 4, place: 0 }, true],
    ['the answer of the same place, which is itself', { rev: 4, place: 1 }, false],
    ['a later answer to the same text', { rev: 4, place: 2 }, false],
    ['an answer to a later text', { rev: 5, place: 0 }, false],
  ];
  for (const [what, other, waits] of OTHERS) {
    it(`${waits ? 'waits for' : 'does not wait for'} ${what}`, () => {
      expect(mustWait(answer(), [other], NOW)).to.equal(waits);
    });
  }

  it('waits where one of several others is earlier', () => {
    const later = { rev: 5, place: 0 };
    expect(mustWait(answer(), [later, { rev: 2, place: 0 }], NOW)).to.equal(true);
    expect(mustWait(answer(), [later], NOW)).to.equal(false);
    expect(mustWait(answer(), [], NOW)).to.equal(false);
  });

  it('is kept for five seconds after an answer was planned, and no longer', () => {
    const earlier = [{ rev: 3, place: 0 }];
    expect(ORDER_WAIT_MS).to.equal(5000);
    expect(mustWait(answer('reply', 5000), earlier, NOW)).to.equal(true);
    expect(mustWait(answer('reply', 5001), earlier, NOW)).to.equal(false);
  });

  it('never delays the confirmation of an opt-out, and delays every other class', () => {
    for (const of of MESSAGE_CLASSES) {
      const waits = mustWait(answer(of), [{ rev: 3, place: 0 }], NOW);
      expect(waits, of).to.equal(of !== 'opt-out-confirmation');
    }
  });

  it('follows the places of the replies to one text, which are due two seconds before it came', () => {
    const due = [0, 1, 2].map((place) => replyDueAt(NOW, place).getTime() - NOW.getTime());
    expect(due).to.deep.equal([-2000, -1999, -1998]);
  });
});
