import { expect } from 'chai';
import { type Conversation, converse, spoken, stateOf } from './conversation.ts';

/** What one act leads to. Left out: nothing of the kind, but for `state`, which is then not looked at. */
export type Then = {
  /** As `stateOf` says it. */
  state?: string[];
  /** Kinds of ledger entries, with the reason where one is given. */
  events?: string[];
  /** Answers that pass the gate: "class template language". */
  says?: string[];
  /** Answers that the machine wants to give and the gate holds back. */
  held?: string[];
};

export type ConsentCell = [
  rule: string,
  given: ((talk: Conversation) => void) | string[],
  when: string | ((talk: Conversation) => void),
  then: Then,
];

/** One test for each row: the texts or acts before, the act itself, and what comes of it. */
export function table(cells: readonly ConsentCell[]): void {
  for (const [rule, given, when, then] of cells) {
    it(rule, () => {
      const talk = converse();
      if (typeof given === 'function') given(talk);
      else for (const body of given) talk.text(body);
      if (typeof when === 'function') when(talk);
      else talk.text(when);
      const { events, replies, said, person } = talk.last;
      const told = events.map(({ kind, reason }) =>
        kind === 'ineffective' || kind === 'refused' ? `${kind}: ${reason}` : kind,
      );
      expect(told, 'ledger').to.deep.equal(then.events ?? []);
      expect(spoken(said), 'said').to.deep.equal(then.says ?? []);
      const back = replies.filter((reply) => !said.includes(reply));
      expect(spoken(back), 'held back').to.deep.equal(then.held ?? []);
      if (then.state !== undefined) expect(stateOf(person)).to.deep.equal(then.state);
    });
  }
}
