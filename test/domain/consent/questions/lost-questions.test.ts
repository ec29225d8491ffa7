import { expect } from 'chai';
import { expirePrompts } from '../../../../src/domain/consent/questions/expiring.ts';
import { type Conversation, converse, HOUR } from '../conversation.ts';

describe('questions of other doors whose time is over', () => {
  /** Three on as many numbers, of which the first `lost` never left; then what a fourth door is told. */
  const fourth = (lost: number): Conversation['last'] => {
    const talk = converse();
    for (const program of ['deals', 'club', 'stylist']) talk.door(program);
    talk.wait(73 * HOUR);
    const ids = new Set(talk.person.prompts.slice(0, lost).map(({ id }) => id));
    expect(talk.learn((person, now) => expirePrompts(person, now, ids))).to.equal(true);
    expect(talk.person.promptsSent).to.have.lengthOf(3 - lost);
    return talk.door('orders');
  };

  it('count toward the limits where they left, or may have', () => {
    expect(fourth(0).events.map(({ reason }) => reason)).to.deep.equal([
      'three prompts per number in 30 days',
    ]);
  });

  for (const lost of [1, 3]) {
    it(`count no more where they never left: ${lost} of three`, () => {
      expect(fourth(lost).events.map(({ kind }) => kind)).to.include('prompted');
    });
  }
});
