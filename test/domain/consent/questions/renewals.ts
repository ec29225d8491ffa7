import { expect } from 'chai';
import type { ConsentState } from '../../../../src/domain/consent/consent-state.ts';
import type { DecisionContext, PersonAct } from '../../../../src/domain/consent/decision.ts';
import { askToRenew } from '../../../../src/domain/consent/renewal-prompt.ts';
import { findSender, type Program } from '../../../../src/domain/program.ts';
import { topicVerdict } from '../../../../src/domain/sending/message-plan.ts';
import { BOOK, type Conversation, converse, DAY, disclosure, SILENT_CARRIER, say } from '../conversation.ts';

export const programOf = (id: string): Program =>
  BOOK.programs.find((program) => program.id === id) as Program;

const turnAt = (person: ConsentState, now: Date, number: string): DecisionContext => {
  const reading: PersonAct['reading'] = { kind: 'unknown', language: null, rule: 'none', rules: 'ageing-1' };
  const act = { channel: 'VIA_TEXT', number, receivedAt: now, reading, words: '' } as const;
  const sender = findSender(BOOK, number);
  const given = { book: BOOK, sender, say, disclosure, newId: () => 'renewal' };
  return { person, act: { ...act, carrier: SILENT_CARRIER }, ...given };
};

/** Joined, grown old, and asked whether it is to go on. */
export function askedToRenew(id: string, number: string, ...texts: string[]): Conversation {
  const talk = converse();
  growOldAndAsk(talk, id, number, texts);
  return talk;
}

/** The same in a conversation that has begun. */
export function growOldAndAsk(
  talk: Conversation,
  id: string,
  number: string,
  texts: readonly string[],
): void {
  for (const body of texts) talk.text(body, number);
  talk.wait(530 * DAY);
  const asked = talk.learn((person, now) => askToRenew(turnAt(person, now, number), programOf(id)));
  expect(asked).to.equal(true);
  talk.handOver();
}

/** Whether the gate lets a message of the topic go now. */
export const mayGet = (talk: Conversation, program: string, topic: string): boolean =>
  topicVerdict(talk.person, BOOK, programOf(program), topic, talk.now).allowed;
